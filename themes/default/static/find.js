// Text as it is looked for: without case, marks and what keyboards lack. The same rules as in src/fold.rs.
const LETTERS = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ħ: 'h', ŧ: 't', ı: 'i', ς: 'σ' };

export const fold = (text) => text.normalize('NFKD').toLowerCase().replace(/[\p{M}'`‘’ʻʼʹʾʿ]/gu, '')
  .replace(/[ßæœøłđðþħŧıς]/g, (letter) => LETTERS[letter]);

export const words = (text) => fold(text).match(/[\p{L}\p{N}]+/gu) || [];

/** The text, with what matches any folded term in `<mark>`. */
export const highlight = (text, terms) => {
  // Folding changes lengths: each letter is folded by itself, and remembers where it stood.
  const letters = text.match(/\P{M}\p{M}*|\p{M}+/gu) || [];
  const folded = letters.map(fold);
  const at = folded.flatMap((part, i) => Array(part.length).fill(i));
  const all = folded.join('');
  const marked = letters.map(() => false);
  for (const term of terms) {
    for (let i = all.indexOf(term); term && i >= 0; i = all.indexOf(term, i + 1)) {
      marked.fill(true, at[i], at[i + term.length - 1] + 1);
    }
  }
  const out = new DocumentFragment();
  letters.forEach((letter, i) => {
    if (!i || marked[i] !== marked[i - 1]) out.append(marked[i] ? document.createElement('mark') : '');
    out.lastChild.textContent += letter;
  });
  return out;
};
