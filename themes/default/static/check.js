// "Check a badge": asks the site whether a page is there, so that no list of badges is published.

// A verification page, in any language's folder.
const BADGE = /^(?:[\w-]+\/)?verify\/([^/]+)/;
const CODE = /^[\w~-][\w.~-]*$/;

const form = document.querySelector('[data-check]');
const home = new URL(form.dataset.check);
const root = home.pathname;
// A slash that is encoded stays so: it is part of a name, and no badge's name has one.
const plain = (path) => { try { return decodeURIComponent(path.replace(/%(?=2f)/gi, '%25')); } catch { return path; } };
// The folder of the reader's language.
const own = form.dataset.home.slice(root.length);
const input = form.elements.id;
const button = form.querySelector('button');
const label = button.textContent;
const answer = form.querySelector('[data-answer]');

/** The paths to try for what was typed or pasted, best first; none if it cannot be a badge's address or code. */
function read(typed) {
  // Quotes, brackets, spaces and what cannot be seen come along from mails and documents.
  const text = typed.normalize('NFKC').replace(/^.*?(?=https?:\/\/)/i, '')
    .replace(/[\s\p{C}\p{Pi}\p{Pf}‚„<>()[\]{}"'`´|,;!]+/gu, '').replace(/[.:?]+$/, '');
  const codes = (code) => (CODE.test(code) ? [code, code.toLowerCase()].flatMap((id) => [`${own}verify/${id}/`, `verify/${id}/`]) : []);
  if (!text.includes('/')) {
    // An ID may be typed in groups; other words are none.
    const fine = text !== home.host && (!/\S\s+\S/.test(typed) || /^(?=.*\d)[\w-]{6,}$/.test(text));
    return { what: text, paths: fine ? codes(text) : [] };
  }
  const local = /^\/?[^/.:]*\//.test(text);
  let url;
  try {
    url = new URL(local ? text.replace(/^\/*/, '/') : text.replace(/^(\w+:\/\/)?/, 'https://'), home);
  } catch {
    return { paths: [] };
  }
  // One path can be written in several ways.
  const asked = plain(url.pathname), below = asked.startsWith(plain(root));
  const path = asked.slice(below ? plain(root).length : 1).replace(/\/+$/, '');
  const badge = BADGE.exec(path);
  const what = badge ? badge[1] : path.split('/').pop();
  // An old address: the whole path, or the code at its end.
  const paths = what === 'verify' || !path.split('/').every((part) => CODE.test(part)) ? []
    : [`${badge ? badge[0] : path}/`, ...codes(what)];
  return { what, paths, elsewhere: !local && !(below && [home.host, location.host].includes(url.host)) };
}

/** Where the page is that answers at a path; '' if there is none. */
async function ask(path, elsewhere, signal) {
  const response = await fetch(root + path, { signal });
  if ([404, 410].includes(response.status)) return '';
  if (!response.ok) return root + path;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  // Some hosts answer everything with their front page.
  const to = new URL(page.querySelector('link[rel=canonical]')?.href || root + path, home).pathname;
  return BADGE.test(to.slice(root.length)) || (!elsewhere && to === root + path) ? to : '';
}

function say(kind, what, to) {
  const text = form.querySelector(`[data-say=${kind}]`).content.cloneNode(true);
  const each = (selector, change) => text.querySelectorAll(selector).forEach(change);
  each('[data-what]', (e) => { e.textContent = what; });
  each('[data-to]', (e) => { e.href = to; });
  if (!to) each('[data-found]', (e) => e.remove());
  answer.replaceChildren(text);
  input.setAttribute('aria-invalid', 'true');
  input.focus();
}

let asking;
async function check() {
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  const { what, paths, elsewhere } = read(input.value);
  let to = '';
  answer.replaceChildren();
  button.textContent = form.dataset.busy;
  const timer = setTimeout(() => mine.abort(), 10_000);
  try {
    for (const path of new Set(paths)) {
      to = await ask(path, elsewhere, mine.signal);
      if (to) break;
    }
  } catch {
    // Another question took its place.
    if (mine !== asking) return;
    if (mine.signal.aborted) return say('slow', what, root + paths[0]);
    // Offline, or kept from asking: the browser says so.
    if (!elsewhere) to = root + paths[0];
  } finally {
    clearTimeout(timer);
    if (mine === asking) button.textContent = label;
  }
  if (elsewhere) say('elsewhere', what, to);
  else if (to) location.assign(to);
  else say(paths.length ? 'missing' : 'invalid', what);
}

form.onsubmit = (event) => { event.preventDefault(); check(); };
// What search could not find.
input.value = new URLSearchParams(location.search).get('id') || '';
form.hidden = false;
