// Finds the credential in a stranger's file: in a PNG, in an SVG, or alone.
import { inflate, stop, utf8 } from './signed.check.js';

const ascii = (bytes) => String.fromCharCode(...bytes);

async function png(bytes) {
  const view = new DataView(bytes.buffer), found = {};
  for (let at = 8, end; ; at = end) {
    end = at + 12 + (at + 12 > bytes.length ? Infinity : view.getUint32(at));
    if (end > bytes.length) stop('damaged');
    const kind = ascii(bytes.subarray(at + 4, at + 8));
    if (kind === 'IEND') return found;
    if (!['iTXt', 'tEXt', 'zTXt'].includes(kind)) continue;
    const data = bytes.subarray(at + 8, end - 4), after = (from) => data.indexOf(0, from) + 1 || stop('damaged');
    let from = after(0), packed = kind === 'zTXt';
    const word = ascii(data.subarray(0, Math.min(from - 1, 80)));
    if (!['openbadgecredential', 'openbadges'].includes(word)) continue;
    if (kind === 'iTXt') {
      packed = data[from];
      from = after(after(from + 2));
    } else if (packed) from += 1;
    if (found[word]) stop('refused');
    found[word] = utf8(packed ? await inflate(data.slice(from), 'deflate') : data.slice(from)) || ' ';
  }
}

/** The credential in an SVG. Elements are slow to make: none but its own. */
function svg(text) {
  const [start, prefix = ''] = /<([\w.-]+:)?credential[\s/>]/.exec(text) ?? stop(/:assertion[\s>]/.test(text) ? 'hosted' : 'empty');
  const rest = text.slice(text.indexOf(start)), [tag] = rest.split('>', 1);
  const end = tag.endsWith('/') ? tag.length + 1 : rest.indexOf(`</${prefix}credential`), inner = rest.slice(tag.length + 1, end);
  if (end < 0 || inner.length > 1 << 18) stop('damaged');
  const xml = new DOMParser().parseFromString(`<x>${inner}</x>`, 'text/xml');
  if (xml.querySelector('parsererror')) stop('damaged');
  return xml.documentElement.textContent.trim() || tag.split(/verify=["']/)[1]?.split(/["']/)[0] || '';
}

/** The text of the credential in a file. */
export async function read(file) {
  if (file.size > 8 << 20) stop('large');
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (ascii(bytes.subarray(0, 8)) === '\x89PNG\r\n\x1a\n') {
    const found = await png(bytes);
    return found.openbadgecredential?.trim() ?? stop(found.openbadges ? 'hosted' : 'empty');
  }
  const text = utf8(bytes, 'kind').trim();
  return text[0] === '<' ? svg(text) : text;
}
