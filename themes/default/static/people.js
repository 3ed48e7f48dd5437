// Finds people by parts of their names: on a short list those on the page; on a long one by an index (word: places
// in the list, as steps, -n for n more in a row) and the parts of the list that hold the first of them.
import { highlight, words } from './find.js';

const $ = (selector) => document.querySelector(selector);
const form = $('.find'), input = $('#find'), count = $('.count'), browse = $('.browse');
const results = $('.results'), list = $('.results ul'), more = $('.results button');
const say = form.dataset;
const STEP = 20;

const kept = {};
const get = (url, read) => kept[url] ??= fetch(url).then((r) => (r.ok ? read(r) : Promise.reject(r)))
  .catch((error) => { delete kept[url]; throw error; });

const people = (page) => [...page.querySelectorAll('main .people li')]
  .map((li) => [li, words(li.querySelector('bdi').textContent)]);
const here = people(document);
const matching = (all, terms) => all.filter(([, own]) => terms.every((t) => own.some((word) => word.includes(t))));

const search = async (terms, most) => {
  if (!say.words) return matching(here, terms);
  const index = await get(say.words, (r) => r.json());
  let places;
  for (const term of terms) {
    const next = new Set();
    for (const word in index.words) {
      if (!word.includes(term)) continue;
      let at = -1;
      for (const step of index.words[word]) {
        for (let n = Math.max(1, -step); n; n -= 1) {
          at += Math.max(1, step);
          if (!places || places.has(at)) next.add(at);
        }
      }
    }
    places = next;
  }
  const first = [...places].sort((a, b) => a - b).slice(0, most);
  let end = 0;
  const parts = index.parts.filter(([, size]) => {
    end += size;
    return first.some((place) => place < end && place >= end - size);
  });
  const pages = await Promise.all(parts.map(([path]) => get(path,
    async (r) => people(new DOMParser().parseFromString(await r.text(), 'text/html')))));
  return Object.assign(matching(pages.flat(), terms).slice(0, most), { total: places.size });
};

let most, timer;
const run = async () => {
  const typed = input.value, terms = words(typed);
  history.replaceState(typed, '');
  let found = [], text = '';
  if (terms.length) {
    try {
      found = await search(terms, most);
      text = found.length ? say.found : say.none;
    } catch { text = say.failed; }
    if (typed !== input.value) return;
  }
  const total = found.total ?? found.length;
  list.replaceChildren(...found.map(([li]) => {
    const copy = li.cloneNode(true), name = copy.querySelector('bdi');
    name.replaceChildren(highlight(name.textContent, terms));
    return copy;
  }));
  browse.hidden = !(results.hidden = !found.length);
  more.hidden = found.length >= total;
  if (!more.hidden) text = say.first;
  count.textContent = text.replace('{count}', total).replace('{shown}', found.length);
};
const soon = () => { most = STEP; clearTimeout(timer); timer = setTimeout(run, 100); };
const go = (link, event) => { if (link) { event.preventDefault(); link.focus(); } };
input.oninput = soon;
// The Back button brings back what was typed; it is in no address, so nobody is told of it.
input.value ||= history.state || '';
soon();
more.onclick = async (event) => { most += STEP; await run(); go(list.children[most - STEP]?.querySelector('a'), event); };
form.onsubmit = async (event) => { event.preventDefault(); await run(); go(list.querySelector('a'), event); };
$('main').onkeydown = (event) => {
  const all = [input, ...list.querySelectorAll('a')], at = all.indexOf(event.target);
  if (at >= 0) go(all[at + { ArrowDown: 1, ArrowUp: -1 }[event.key]], event);
  if (at >= 0 && event.key === 'Escape') { input.value = ''; input.focus(); soon(); }
};
form.hidden = false;
