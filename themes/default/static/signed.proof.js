// The proof in a credential (eddsa-rdfc-2022): loaded for files that are not what the site publishes today.
import { encode, key, list, same, stop, without } from './signed.check.js';

// This site's own form and no other, as RDF: members, each with its vocabulary and what it leads to; and types.
const VOCABULARIES = {
  C: 'https://www.w3.org/2018/credentials#', O: 'https://purl.imsglobal.org/spec/vc/ob/vocab.html#',
  S: 'https://www.w3.org/ns/credentials/status#', X: 'https://schema.org/',
};
const FORM = {
  credential: 'name:X issuer:C:issuer validFrom:C:dateTime validUntil:C:dateTime awardedDate:O:xsd credentialSubject:C:subject evidence:C:evidence credentialStatus:C:status',
  issuer: 'name:X description:X url:X:anyURI email:X image:O:image',
  image: '',
  subject: 'identifier:O:identity achievement:O:achievement',
  identity: 'identityType:O hashed:O:boolean identityHash:O salt:O',
  achievement: 'achievementType:O name:X description:X criteria:O:criteria image:O:image tag:X',
  criteria: 'narrative:O',
  evidence: 'name:X narrative:O',
  status: 'statusPurpose:S statusListIndex:S statusListCredential:S:iri',
};
const TYPES = 'CVerifiableCredential OOpenBadgeCredential OProfile OImage OAchievementSubject OIdentityObject OAchievement OEvidence SBitstringStatusListEntry'.split(' ');
// To the letter of the contexts, one of which does not define the prefix `xsd:`, and writes https.
const DATATYPES = {
  dateTime: 'http://www.w3.org/2001/XMLSchema#dateTime', xsd: 'xsd:dateTime', anyURI: 'https://www.w3.org/2001/XMLSchema#anyURI',
  boolean: 'https://www.w3.org/2001/XMLSchema#boolean',
};
const CONTEXTS = ['https://www.w3.org/ns/credentials/v2', 'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json'];
const TYPE = '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>';

/** A number in base 58 as so many bytes, if it is one. */
const base58 = (text, size) => {
  if (!/^z[1-9A-HJ-NP-Za-km-z]{1,99}$/.test(text)) return null;
  const digits = [...text.slice(1)].reduce((number, c) => number * 58n
    + BigInt('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'.indexOf(c)), 0n).toString(16).padStart(size * 2, '0');
  return digits.length === size * 2 ? Uint8Array.from(digits.match(/../g), (two) => parseInt(two, 16)) : null;
};

const altered = () => stop('altered', 'altered');
/** What this form does not have: nobody knows whether it is signed. */
const odd = () => stop('refused');
const hash = async (text) => new Uint8Array(await crypto.subtle.digest('SHA-256', encode(text)));
const iri = (text) => (/^[a-z][\w+.-]*:[^\0- <>"{}|^`\\\p{Cs}]*$/u.test(text) ? `<${text}>` : odd());
const ESCAPES = { '\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r', '"': '"', '\\': '\\' };
const quote = (text) => `"${text.replace(/[\0-\x1f\x7f"\\\ufffe\uffff]/g,
  (c) => `\\${ESCAPES[c] ?? `u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`}`)}"`;
// By code point; JavaScript compares halves of those above U+FFFF.
const rank = (unit) => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);
const order = (a, b) => {
  let i = 0;
  while (a[i] && a[i] === b[i]) i += 1;
  return a[i] && b[i] ? rank(a.charCodeAt(i)) - rank(b.charCodeAt(i)) : a.length - b.length;
};

/** The canonical form (RDFC-1.0). */
async function canonical(credential) {
  // A blank node is a number.
  const quads = new Map(), add = (...quad) => (quads.size < 2000 ? quads.set(quad.join(' '), quad) : stop('refused'));
  let blanks = 0;
  const walk = (value, form) => {
    if (typeof value !== 'object') altered();
    const members = FORM[form].split(' '), node = (value ?? odd()).id === undefined ? blanks++ : iri(value.id);
    for (const type of list(value.type ?? [])) {
      const [of, ...name] = TYPES.find((one) => one.slice(1) === type) ?? odd();
      add(node, TYPE, `<${VOCABULARIES[of]}${name.join('')}>`);
    }
    for (const [member, all] of Object.entries(without(value, 'id', 'type'))) {
      const [, vocabulary, kind] = members.map((one) => one.split(':')).find(([one]) => one === member) ?? odd();
      if (Array.isArray(all) && !['identifier', 'evidence', 'tag'].includes(member)) odd();
      const word = { criteria: 'Criteria', tag: 'keywords' }[member] ?? member;
      for (const one of list(all).filter((it) => it !== null)) {
        let object;
        if (Object.hasOwn(FORM, kind)) object = walk(one, kind);
        else if (typeof one !== (kind === 'boolean' ? kind : 'string')) (['boolean', 'number'].includes(typeof one) ? altered : odd)();
        else if (/\p{Cs}/u.test(one)) odd();
        else if (kind === 'iri') object = iri(one);
        else object = quote(`${one}`) + (kind ? `^^<${DATATYPES[kind]}>` : '');
        add(node, `<${VOCABULARIES[vocabulary]}${word}>`, object);
      }
    }
    return node;
  };
  if (!same(credential['@context'], CONTEXTS)) odd();
  walk(without(credential, '@context', 'proof'), 'credential');
  const write = (all, label) => all.map((quad) => `${quad.map((part) => (typeof part === 'number' ? label(part) : part)).join(' ')} .\n`)
    .sort(order).join('');
  const all = [...quads.values()], hashes = [];
  for (let n = 0; n < blanks; n += 1) {
    hashes[n] = String.fromCharCode(...await hash(write(all.filter((quad) => quad.includes(n)), (part) => (part === n ? '_:a' : '_:z'))));
  }
  const sorted = [...new Set(hashes)].sort();
  // Two that look alike would have to be told apart by all that is around them.
  return sorted.length < blanks ? stop('browser') : write(all, (n) => `_:c14n${sorted.indexOf(hashes[n])}`);
}

/** Ends the check unless the credential is as this issuer signed it. */
export async function proof(credential) {
  // The same one twice is one.
  const all = list(credential.proof ?? []);
  const { type, cryptosuite, proofPurpose, verificationMethod: method, proofValue, ...more } = all[0] ?? stop('unsigned');
  const mark = base58(proofValue, 64);
  if ([type, cryptosuite, proofPurpose].join() !== 'DataIntegrityProof,eddsa-rdfc-2022,assertionMethod'
    || !mark || typeof method !== 'string' || Object.keys(more).length || !all.every((one) => same(one, all[0]))) stop('refused');
  const mine = await key(method, 'Ed25519', ({ publicKeyMultibase }) => {
    const bytes = base58(publicKeyMultibase, 34);
    return bytes?.[0] === 0xed && bytes[1] === 1 ? ['raw', bytes.slice(2)] : null;
  });
  const security = (word) => `<https://w3id.org/security#${word}>`;
  const options = [[TYPE, security('DataIntegrityProof')],
    [security('cryptosuite'), `"eddsa-rdfc-2022"^^${security('cryptosuiteString')}`],
    [security('proofPurpose'), security('assertionMethod')], [security('verificationMethod'), iri(method)]];
  const hashes = [await hash(options.map((pair) => `_:c14n0 ${pair.join(' ')} .\n`).join('')), await hash(await canonical(credential))];
  const signed = new Uint8Array([...hashes[0], ...hashes[1]]);
  if (!await crypto.subtle.verify('Ed25519', mine, mark, signed)) altered();
}
