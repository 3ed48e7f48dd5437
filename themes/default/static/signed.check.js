// Whether a credential is genuine and counts. Only this site is asked; what stands in a file is shown as text.

const LONGEST = 256 << 10;
export const encode = (text) => new TextEncoder().encode(text);

/** Ends a check. */
export const stop = (why, verdict = 'unchecked') => { throw Object.assign(new Error(), { why, verdict }); };

export const utf8 = (bytes, why = 'damaged') => {
  try { return new TextDecoder('utf-8', { fatal: true }).decode(bytes); } catch { return stop(why); }
};

/** Unpacks no more than `most` bytes. Of a kilobyte comes no more than a megabyte. */
export async function inflate(packed, format, most = LONGEST) {
  let at = 0;
  const out = [], source = new ReadableStream({
    pull(to) { if (at < packed.length) to.enqueue(packed.slice(at, at += 1024)); else to.close(); },
  }, { highWaterMark: 0 });
  const reader = source.pipeThrough(new DecompressionStream(format)).getReader();
  for (let size = 0; size <= most; size += out.at(-1).length) {
    const { done, value } = await reader.read().catch(() => stop('damaged'));
    if (done) return new Uint8Array(await new Blob(out).arrayBuffer());
    out.push(value);
  }
  reader.cancel().catch(() => {});
  return stop('refused');
}

const base64 = (text) => (/^[\w-]*$/.test(text) && text.length % 4 !== 1
  ? Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0)) : stop('damaged'));

/** JSON within bounds, no name twice. */
function strict(text) {
  if (encode(text).length > LONGEST) stop('refused');
  const open = [];
  try {
    for (const [token, colon] of text.matchAll(/[{}[\]]|"[^"\\]*(?:\\.[^"\\]*)*"?(\s*:)?/g)) {
      if ('{['.includes(token)) open.push(new Set());
      if ('}]'.includes(token)) open.pop();
      const names = open.at(-1);
      if (open.length > 32 || (colon && names.size === names.add(JSON.parse(token.slice(0, -colon.length))).size)) stop('refused');
    }
    return JSON.parse(text);
  } catch (error) { return stop(error.why ?? 'damaged'); }
}

const part = (text) => strict(utf8(base64(text)));

export const list = (value) => (Array.isArray(value) ? value : [value]);
export const without = (value, ...names) => Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
export const same = (a, b) => a === b || (!!a && !!b && typeof a === 'object' && typeof b === 'object'
  && Array.isArray(a) === Array.isArray(b) && Object.keys(a).length === Object.keys(b).length
  && Object.keys(a).every((name) => Object.hasOwn(b, name) && same(a[name], b[name])));

let site;
async function get(url) {
  const response = await fetch(url, { cache: 'no-cache', signal: AbortSignal.timeout(1e4) }).catch(() => stop('slow'));
  if ([404, 410].includes(response.status)) return '';
  return response.ok ? response.text().catch(() => stop('slow')) : stop('slow');
}
const json = async (url) => {
  const text = (await get(url)).trim();
  return text[0] === '{' ? strict(text) : null;
};

/** A key as did.json has it. */
export async function key(id, kind, read) {
  const did = await json(site.keys) ?? stop('slow');
  const [method, other] = list(did.verificationMethod).filter((one) => one?.id === id);
  if (did.id !== site.signed || other) stop('refused');
  if (method?.controller !== did.id || !list(did.assertionMethod).includes(id)) stop('key', 'key');
  const how = read(method) ?? stop('refused');
  try { return await crypto.subtle.importKey(...how, kind, false, ['verify']); } catch { return stop('browser'); }
}

/** What a JWT (RFC 7515) says, if this issuer signed it. */
async function jwt(text) {
  const [head, body, mark, more] = text.trim().split('.');
  const { alg, kid, typ, ...rest } = part(head);
  if (!mark || /^(none|HS\d+)$/i.test(alg)) stop('unsigned');
  if (alg !== 'ES256' || typeof kid !== 'string' || Object.keys(rest).length || more !== undefined) stop('refused');
  const kind = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const mine = await key(kid, kind, ({ publicKeyJwk: { crv, x, y } = {} }) => (crv === kind.namedCurve ? ['jwk', { kty: 'EC', crv, x, y }] : null));
  if (!await crypto.subtle.verify(kind, mine, base64(mark), encode(`${head}.${body}`))) stop('altered', 'altered');
  const { iss, jti, sub, nbf, exp, ...said } = part(body);
  if (iss !== site.signed || jti !== said.id || sub !== said.credentialSubject?.id
    || nbf !== seconds(said.validFrom) || exp !== seconds(said.validUntil)) stop('refused');
  return said;
}
const seconds = (date) => (date == null ? undefined : Date.parse(date) / 1000);

/** Whether an award's bit is set in its status list. */
async function withdrawn({ statusListIndex: at, statusListCredential: address, statusPurpose: purpose }, path) {
  const { id, issuer, credentialSubject: of } = await json(site.root + path) ?? stop('slow');
  if (!same([address, id, issuer, purpose, of.statusPurpose], [site.base + path, site.base + path, site.signed, 'revocation', 'revocation'])) stop('refused');
  const bits = await inflate(base64(of.encodedList.slice(1)), 'gzip', 4 << 20);
  return bits.length >= 16384 && at < bits.length * 8 ? bits[at >> 3] >> (7 - at % 8) & 1 : stop('refused');
}

async function check(file) {
  const { base, root, home } = site, verify = (award) => `${root}verify/${award}/credential.`;
  const text = file ? await (await import('./signed.file.js')).read(file) : await get(`${verify(site.of)}json`) || stop('slow');
  const isJson = text[0] === '{';
  let said = isJson ? strict(text) : part(/^ey[\w-]*\.([^.]+)\./.exec(text)?.[1] ?? stop('kind'));
  const { issuer, type } = said.vc ?? said, types = list(type);
  if (!types.includes('VerifiableCredential') || /StatusList/.test(types)) stop(types.includes('Assertion') ? 'hosted' : 'kind');
  const who = issuer?.id ?? issuer ?? said.iss;
  if (who !== site.signed) {
    // What is no text has no `replace`, and is refused.
    const where = who.replace(/^did:web:(.*)/, (_, path) => `https://${path.replace(/:/g, '/').replace(/%3a/gi, ':')}`);
    const web = where.startsWith('http') && where;
    return { verdict: 'issuer', who: `${issuer?.name ?? ''}`.trim() || who, where: web, nowhere: !web };
  }
  // What the site says of this award now.
  const [, award] = /^verify\/([\w-]+)\/credential\.json$/.exec(`${said.id}`.replace(base, '')) ?? [];
  const now = award && said.id === `${base}verify/${award}/credential.json` && await json(`${verify(award)}json`);
  if (!isJson) said = await jwt(text);
  const earlier = now && !same(said, isJson ? now : without(now, 'proof'));
  if (isJson) {
    const signed = now && !earlier && 'jwt' in site && await get(`${verify(award)}jwt`);
    if (!signed || !same(await jwt(signed), without(said, 'proof'))) await (await import('./signed.proof.js')).proof(said);
  }
  if (!now) stop('gone');
  const page = new DOMParser().parseFromString(await get(`${home}verify/${award}/`), 'text/html');
  const status = page.querySelector('[data-status]')?.dataset.status;
  const is = await withdrawn(said.credentialStatus, `verify/${award}/status.json`);
  const gone = status === 'suspended' ? 'hold' : (is || status === 'revoked') && 'withdrawn';
  const [from, until, late] = [said.validFrom, said.validUntil, now.validUntil].map(seconds), at = Date.now() / 1000;
  if ([from, until, late].some(Number.isNaN)) stop('refused');
  // The last second belongs to it.
  const end = at >= until + 1 || !(at >= late + 1) ? until : late;
  const time = at < from ? 'begins' : at >= end + 1 ? 'expired' : end ? 'until' : 'forever';
  return {
    verdict: gone || (['begins', 'expired'].includes(time) ? time : status === 'superseded' ? status : earlier ? 'earlier' : 'valid'),
    lines: ['signed', time, gone || 'stands'],
    sentence: ['suspended', 'revoked'].includes(status) && page.querySelector('.sentence')?.textContent,
    date: new Intl.DateTimeFormat(document.documentElement.lang.replace(/^(en)?$/, 'en-GB'), { dateStyle: 'long', timeZone: site.zone })
      .format((time === 'begins' ? from : end ?? from) * 1000),
    name: list(said.credentialSubject.identifier)[0].identityHash,
    badge: said.credentialSubject.achievement.name,
    earlier,
    page: file && `${home}verify/${award}/`,
  };
}

/** A stranger's text in a sentence: nothing unseen or that turns letters around, and not long. */
const shown = (text) => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').replace(/^(.{160}).+/u, '$1…');

/** The answer as an element, in the words of the page “Check a badge”. */
export async function answer(given, file) {
  site = given;
  const there = document.querySelector('[data-words]')
    ?? new DOMParser().parseFromString(await get(`${site.home}verify/`), 'text/html').querySelector('[data-words]');
  const found = await check(file).catch(({ why = 'refused', verdict = 'unchecked' }) => (
    { verdict, lines: verdict === 'unchecked' ? [why] : [why, 'rest'] }));
  const words = (what) => document.importNode(there.content.querySelector(what), true);
  const box = words(`[data-say=${found.verdict}]`), lines = box.querySelector('ul');
  if (found.lines) lines.append(...found.lines.map((line) => words(`[data-line=${line}]`)));
  else lines.remove();
  if (found.sentence) box.querySelector('.sentence').textContent = found.sentence;
  for (const e of box.querySelectorAll('[data-put]')) {
    const value = found[e.dataset.put], link = e.querySelector('a');
    if (!value) e.remove();
    else if (link) link.href = value;
    else if (typeof value === 'string') (e.querySelector('bdi') ?? e).textContent = shown(value);
  }
  return box;
}
