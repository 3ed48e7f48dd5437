// What the Digital Credentials Consortium's verifier says of each case, and whether LearnCard's types know its form.
//
//   node dcc.mjs CASES CONTEXTS
//
// Nothing is fetched: contexts come from the folder that the program has them in, the issuer's keys and status lists
// from each case.

import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {DataIntegrityProof} from '@digitalcredentials/data-integrity';
import {cryptosuite} from '@digitalcredentials/eddsa-rdfc-2022-cryptosuite';
import {verifyCredential} from '@digitalcredentials/vc';
import {checkStatus} from '@digitalcredentials/vc-bitstring-status-list';
import {UnsignedAchievementCredentialValidator} from '@learncard/types';

const [folder, contexts] = process.argv.slice(2);
const read = path => JSON.parse(readFileSync(path, 'utf8'));
const at = new Date(read(new URL('cases.json', import.meta.url)).at);

const CONTEXTS = {
  'https://www.w3.org/ns/credentials/v2': 'credentials-v2.json',
  'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json': 'ob-v3p0-3.0.3.json',
};

// What it says where it refuses, for each of our verdicts.
const REASONS = {
  altered: /Invalid signature/,
  'another key': /no key .* in did\.json/,
  expired: /is after "validUntil"/,
  'not yet valid': /is before "validFrom"/,
  'undefined term': /safe mode/i,
  withdrawn: /^the status list says so$/,
};

function loader(files) {
  const did = read(join(files, 'did.json'));
  const found = (url, document) => ({contextUrl: null, documentUrl: url, document});
  return async url => {
    if (CONTEXTS[url]) return found(url, read(join(contexts, CONTEXTS[url])));
    if (url === did.id) return found(url, did);
    if (url.startsWith(`${did.id}#`)) {
      const method = did.verificationMethod.find(method => method.id === url);
      if (!method) throw new Error(`there is no key ${url} in did.json`);
      return found(url, {'@context': 'https://w3id.org/security/multikey/v1', ...method});
    }
    if (url.endsWith('/status.json')) return found(url, read(join(files, 'status.json')));
    throw new Error(`nothing is fetched: ${url}`);
  };
}

// All messages of an error and of what it was caused by.
function told(error) {
  if (!error) return '';
  const deeper = [...(error.errors ?? []), error.cause, error.details?.cause, error.details].filter(Boolean);
  return [error.message, error.details?.code, ...deeper.map(told)].filter(Boolean).join(' / ');
}

async function judge(files) {
  const suite = new DataIntegrityProof({cryptosuite});
  const credential = read(join(files, 'credential.json'));
  const result = await verifyCredential({credential, suite, documentLoader: loader(files), checkStatus, now: at});
  if (result.verified) return '';
  if (result.statusResult && !result.statusResult.verified && !result.error?.errors?.length) {
    // Without an error it was read, and its bit is set.
    return told(result.statusResult.error) || 'the status list says so';
  }
  return told(result.error) || JSON.stringify(result);
}

let failed = 0, accepted = 0, refused = 0, forms = 0;
for (const name of readdirSync(folder).sort()) {
  const files = join(folder, name), {case: label, verdict} = read(join(files, 'case.json'));
  const said = await judge(files);
  const right = verdict === 'valid' ? said === '' : said !== '' && REASONS[verdict].test(said);
  if (!right) console.log(`${name} ${label}: should be ${verdict}, and is: ${said || 'accepted'}`), failed++;
  else if (said) refused++; else accepted++;
  if (process.env.TALK) console.log(`${label}: ${said || 'accepted'}`.slice(0, 300));
  if (verdict !== 'undefined term') {
    const {proof: _, ...form} = read(join(files, 'credential.json'));
    const types = UnsignedAchievementCredentialValidator.safeParse(form);
    if (types.success) forms++; else console.log(`${name} ${label}: @learncard/types: ${types.error}`), failed++;
  }
}
// The types refuse something at all.
const {proof: _, ...form} = read(join(folder, '000/credential.json'));
for (const spoil of [
  form => delete form.credentialSubject.achievement.criteria,
  form => delete form.credentialSubject.achievement.name,
  form => { form.issuer = 7; },
  form => { form.validFrom = 7; },
]) {
  const spoilt = structuredClone(form);
  spoil(spoilt);
  if (UnsignedAchievementCredentialValidator.safeParse(spoilt).success) console.log(`accepted: ${spoil}`), failed++;
}
console.log(`@digitalcredentials/vc: ${accepted} accepted, ${refused} refused, ${failed} wrong; @learncard/types: ${forms} of the form`);
process.exit(failed || !accepted || !refused ? 1 : 0);
