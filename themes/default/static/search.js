// Search: finding what fits in the index, and the window that shows it. Loaded when it is first used.
import { UNSPACED, highlight, places, words } from './find.js';

const MOST = 12;
const WEIGHTS = { title: 4, in: 1.5, text: 1 };

/** How many slips lie between a term and the best beginning of a word; two neighbours swapped are one. */
function slips(term, word, most) {
  if (word.length < term.length - most) return Infinity;
  let row = Array.from({ length: Math.min(word.length, term.length + most) + 1 }, (_, j) => j);
  let before = row;
  for (let i = 1; i <= term.length; i += 1) {
    const next = [i];
    for (let j = 1; j < row.length; j += 1) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (term[i - 1] !== word[j - 1]));
      if (term[i - 1] === word[j - 2] && term[i - 2] === word[j - 1]) next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    [before, row] = [row, next];
  }
  return Math.min(...row);
}

/** Makes a function that gives the entries that fit a query, best first, and what to mark in them. */
export function searcher(entries) {
  // Each word, with the entries that have it and how much it counts there.
  const index = new Map();
  entries.forEach((entry, at) => {
    for (const field of ['text', 'in', 'title']) {
      for (const word of words(entry[field])) {
        if (!index.has(word)) index.set(word, new Map());
        index.get(word).set(at, WEIGHTS[field]);
      }
    }
  });
  // The words that fit a term, how well, and what to mark. Slips are only thought of where nothing else fits.
  const fitting = (term, typing) => {
    const all = [...index.keys()];
    const inside = (word) => (UNSPACED.test(word) ? word.includes(term) : word.startsWith(term) && (typing || term.length > 2));
    const fits = all.filter((word) => word === term || inside(word))
      .map((word) => [word, word === term ? 1 : 0.6 + 0.3 * (term.length / word.length), term]);
    if (fits.length) return fits;
    if (UNSPACED.test(term)) {
      // What stands together in a query may stand apart in a text.
      const letters = [...term.normalize('NFC')];
      return letters.length < 3 ? [] : letters.slice(1).flatMap((c, i) => fitting(words(letters[i] + c).join('')));
    }
    const most = term.length > 7 ? 2 : 1;
    return term.length < 4 ? [] : all.map((word) => [word, (most + 1 - slips(term, word, most)) * (word[0] === term[0] ? 2 : 1), word])
      .filter(([, fit]) => fit > 0);
  };
  return (query) => {
    const terms = [...new Set(words(query))];
    const scores = new Map();
    const marks = terms.filter((term) => UNSPACED.test(term));
    terms.forEach((term, number) => {
      const fits = fitting(term, number === terms.length - 1);
      const top = Math.max(...fits.map(([, fit]) => fit));
      const best = new Map();
      for (const [word, fit, mark] of fits) {
        if (mark.length > 2 || terms.length === 1 || UNSPACED.test(mark)) marks.push(mark);
        for (const [at, weight] of index.get(word)) best.set(at, Math.max(best.get(at) || 0, weight * fit / top));
      }
      // A word that is everywhere says little.
      const rare = Math.log(1 + entries.length / best.size);
      for (const [at, score] of best) {
        const [sum, count] = scores.get(at) || [0, 0];
        scores.set(at, [sum + score * rare, count + 1]);
      }
    });
    const ranked = [...scores].map(([at, [sum, count]]) => [at, sum * count * count]).sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    const found = ranked.filter(([, score]) => score > ranked[0][1] / 4).slice(0, MOST).map(([at]) => entries[at]);
    return { found, marks: [...new Set(marks)] };
  };
}

/** The stretch of a text that has most of what was found. */
export function excerpt(text, marks) {
  const starts = places(text, marks, true).map(([start]) => start);
  const near = (from) => starts.filter((start) => start >= from && start < from + 120).length;
  const first = starts.reduce((best, start) => (near(start) > near(best) ? start : best), starts[0] || 0);
  let start = Math.max(0, first - 40);
  let end = Math.min(text.length, start + 180);
  // Whole words where there are any, whole characters in any case.
  const space = text.indexOf(' ', start) + 1;
  if (start && space && space <= first) start = space;
  if (end < text.length && text.lastIndexOf(' ', end) > first) end = text.lastIndexOf(' ', end);
  if (/[\udc00-\udfff]/.test(text[start])) start += 1;
  if (/[\udc00-\udfff]/.test(text[end])) end -= 1;
  return (start ? '… ' : '') + text.slice(start, end) + (end < text.length ? ' …' : '');
}

function make(tag, props, ...inside) {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...inside);
  return e;
}

/** Whether the `/` key opens search, as far as this browser may remember it. */
function slash(value) {
  try {
    if (value) localStorage.slash = value;
    return localStorage.slash !== 'off';
  } catch {
    return true;
  }
}

function build({ words: w, entries, faq, check }) {
  const search = searcher(entries);
  const input = make('input', { type: 'search', autofocus: true, autocomplete: 'off', spellcheck: false, enterKeyHint: 'go', placeholder: w.hint, ariaLabel: w.hint });
  const close = make('button', { type: 'button', className: 'button', onclick: () => dialog.close() }, w.close);
  const form = make('form', { role: 'search' }, input, close);
  const count = make('p', { className: 'hint', role: 'status' });
  const list = make('ol', {});
  const key = make('input', { type: 'checkbox', checked: slash(), onchange: () => slash(key.checked ? 'on' : 'off') });
  const dialog = make('dialog', { className: 'finder', ariaLabel: w.search }, form, count, list, make('label', { className: 'hint' }, key, w.key));
  const item = (href, title, more = '', language = {}) => make('li', {}, make('a', { href, ...language }, title), more);
  let timer;
  input.oninput = () => {
    const query = input.value.trim();
    const { found, marks } = search(query);
    const mark = (text) => highlight(text, marks, true);
    list.replaceChildren(...found.map((entry) => {
      // What nobody has translated.
      const language = entry.lang ? { lang: entry.lang, dir: 'auto' } : {};
      const li = item(entry.url, mark(entry.title), make('small', {}, entry.in), language);
      li.append(make('p', language, mark(excerpt(entry.text, marks))));
      return li;
    }));
    list.scrollTop = 0;
    let said = query && w.count.replace('{count}', found.length);
    if (query && !found.length) {
      said = `${w.none.replace('{query}', () => query)} ${w.try}`;
      if (faq) list.append(item(faq, w.faq));
      list.append(item(`${check}?id=${encodeURIComponent(query)}`, w.badge));
    }
    // Said when the typing stops, not at every letter.
    clearTimeout(timer);
    timer = setTimeout(() => { count.textContent = said; }, 200);
  };
  form.onsubmit = (event) => { event.preventDefault(); list.querySelector('a')?.click(); };
  dialog.onkeydown = (event) => {
    const all = [input, ...list.querySelectorAll('a')];
    const at = all.indexOf(event.target);
    const step = { ArrowDown: 1, ArrowUp: all.length - 1 }[event.key];
    if (event.isComposing) return;
    if (event.key === 'Escape') { event.preventDefault(); dialog.close(); }
    if (step && at >= 0) { event.preventDefault(); all[(at + step) % all.length].focus(); }
    // Typing goes on in the field.
    if (at > 0 && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) input.focus();
  };
  dialog.onclick = (event) => {
    // Beside the window, or on a result, which may stand on this very page.
    const leaves = event.target.closest('a') && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (event.target === dialog || leaves) dialog.close();
  };
  document.body.append(dialog);
  return () => { if (!dialog.open) { dialog.showModal(); input.select(); } };
}

let ready;
/** Opens the window; the first time it loads what it needs. `button` names the index. */
export async function open(button) {
  ready ||= (async () => {
    const style = make('link', { rel: 'stylesheet', href: new URL('search.css', import.meta.url) });
    const styled = new Promise((done) => { style.onload = done; style.onerror = done; });
    document.head.append(style);
    const response = await fetch(button.dataset.search);
    if (!response.ok) throw new Error(response.statusText);
    const [index] = await Promise.all([response.json(), styled]);
    return build(index);
  })();
  try { (await ready)(); } catch (error) { ready = null; throw error; }
}
