// Finds the credential in a stranger's file: in a PNG, in an SVG, or alone.
import { inflate, stop, utf8 } from './signed.check.js';

const ascii = (bytes) => String.fromCharCode(...bytes);

/** The texts of a PNG. Checksums decide nothing: the signature does. */
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

/** The texts of an SVG. Entities of its own could grow without bounds. */
function svg(text) {
  const xml = /<!ENTITY/.test(text) ? stop('refused') : new DOMParser().parseFromString(text, 'image/svg+xml');
  if (xml.documentElement.localName !== 'svg' || xml.querySelector('parsererror')) stop('damaged');
  const of = (space, name) => {
    const [one, two] = xml.getElementsByTagNameNS(space, name);
    return two ? stop('refused') : one && (one.textContent.trim() || one.getAttribute('verify') || ' ');
  };
  return { openbadgecredential: of('https://purl.imsglobal.org/ob/v3p0', 'credential'), openbadges: of('http://openbadges.org', 'assertion') };
}

/** The text of the credential in a file. */
export async function read(file) {
  if (file.size > 8 << 20) stop('large');
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = ascii(bytes.subarray(0, 8)) === '\x89PNG\r\n\x1a\n' ? '' : utf8(bytes, 'kind').trim();
  if (text && text[0] !== '<') return text;
  const found = text ? svg(text) : await png(bytes);
  return found.openbadgecredential?.trim() ?? stop(found.openbadges ? 'hosted' : 'empty');
}
