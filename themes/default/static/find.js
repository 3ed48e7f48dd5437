// Finding words as people type them: without regard to case, accents and the like.

// The same rules as in src/fold.rs: indexes are folded there, what is typed here.
const LIKE = {
  ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ŧ: 't', ı: 'i', ς: 'σ', ى: 'ي', ة: 'ه',
};
// Only marks that people leave out when they type (a Japanese or Indic mark makes another letter), and apostrophes.
const LEFT_OUT = /[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200b-\u200f'`‘’ʻʼʹʾʿ]/g;
/** Letters of scripts that put no spaces between words. */
export const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const LETTER = /[\p{L}\p{N}\p{M}]/u;

/** A text as it is compared. */
export const fold = (text) => text.normalize('NFKD').toLowerCase().replace(LEFT_OUT, '').replace(/[^\0-\x7f]/g, (c) => LIKE[c] || c);

/** Its words, folded. */
export const words = (text) => fold(text).match(/[\p{L}\p{N}\p{M}]+/gu) || [];

/** Where folded terms stand in a text, as [start, end] in order; only at the start of words if `whole` (and words can be told). */
export const places = (text, terms, whole) => {
  let folded = '';
  const from = [];
  let at = 0;
  // Letter by letter, because folding makes some longer and some shorter.
  for (const c of text) {
    const f = fold(c);
    for (let i = 0; i < f.length; i += 1) from.push(at);
    folded += f;
    at += c.length;
  }
  from.push(at);
  const ends = (i) => { while (i < folded.length && from[i] === from[i - 1]) i += 1; return from[i]; };
  const found = [];
  for (const term of terms) {
    for (let i = folded.indexOf(term); term && i >= 0; i = folded.indexOf(term, i + term.length)) {
      if (!whole || !i || UNSPACED.test(term) || !LETTER.test(folded[i - 1])) found.push([from[i], ends(i + term.length)]);
    }
  }
  found.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const apart = [];
  for (const [start, end] of found) {
    const last = apart[apart.length - 1];
    if (last && start < last[1]) last[1] = Math.max(last[1], end); else apart.push([start, end]);
  }
  return apart;
};

/** A text in which what matches any folded term is marked. */
export const highlight = (text, terms, whole) => {
  const out = document.createDocumentFragment();
  let at = 0;
  for (const [start, end] of places(text, terms, whole)) {
    const mark = document.createElement('mark');
    mark.append(text.slice(start, end));
    out.append(text.slice(at, start), mark);
    at = end;
  }
  out.append(text.slice(at));
  return out;
};
