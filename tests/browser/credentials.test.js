// Credentials as people meet them: “Check the signature” on a badge's page, and files that are dropped on “Check a
// badge”. What each file is, these tests make by hand from what the program signed, or take from other issuers' test
// vectors; what has to be said of it is the contract's.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { deflateSync } from 'node:zlib';
import { HOME, MOMENT, NARROW, PHONE, WIDE, eventually, open, program, repository } from './harness.js';
import { axe, sideways } from './readers.js';
import { awards, issuer } from './sample.js';

const LANGUAGES = ['ar', 'de', 'es', 'ja'];
const SIGNING = "signing: {key: keys/ed25519.jwk, jwt_key: keys/p256.jwk, secret: keys/secret, verifier: 'https://verifier.example/?url={url}'}\n";
const run = (...args) => promisify(execFile)(program, args);

/** The sample, set up to sign, in a folder of its own. */
async function signs(folder, name, { languages = 'en', keys = 'keys', without = '', only = /./ } = {}) {
  const site = join(folder, name);
  // Of a site of which a file or two are wanted, not all exports.
  const filter = (path) => !/earners.*\.yaml$/.test(path) || only.test(path);
  await cp(join(repository, 'content'), join(site, 'content'), { recursive: true, filter });
  const settings = (await readFile(join(repository, 'site.yaml'), 'utf8')).replace(/^(language|outputs):.*$/gm, '');
  await writeFile(join(site, 'site.yaml'), `${settings}\nlanguages: [${languages}]\noutputs: {share_card: false}\n${SIGNING.replace(without, '')}`);
  await cp(join(folder, keys), join(site, 'keys'), { recursive: true });
  return site;
}

/** Changes a file of a site's content. */
async function edit(site, path, from, to) {
  const text = await readFile(join(site, path), 'utf8');
  assert.ok(text.includes(from), from);
  await writeFile(join(site, path), text.replace(from, to));
}

const EXPIRING = awards.expiring.id, MEMBER = awards['active without an end'].id;
let folder, site, old, other, keyless;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonafide-credentials-'));
  await run('keygen', join(folder, 'keys'));
  await run('keygen', join(folder, 'others'));
  const build = (from) => run('build', '--site', from, '--at', MOMENT, '--base-url', HOME, '--quiet').then(() => join(from, 'public'));
  // As it was before two renewals, and as somebody with keys of their own would sign it.
  const only = /2024|honorary/, before = await signs(folder, 'before', { only });
  await edit(before, 'content/earners/ccxp/2024.yaml', 'expires: 2027-03-01', 'expires: 2027-01-01');
  await edit(before, 'content/earners/honorary.yaml', 'issued: 2026-07-01\n', 'issued: 2026-07-01\n        expires: 2026-11-30\n');
  old = await build(before);
  other = await build(await signs(folder, 'other', { keys: 'others', only }));
  const now = await signs(folder, 'now', { languages: `en, ${LANGUAGES}` });
  await edit(now, 'content/earners/honorary.yaml', 'expires: 2026-06-30', 'expires: 2036-06-30');
  site = await open({ site: now });
  keyless = await open({ site: await signs(folder, 'keyless', { without: 'jwt_key: keys/p256.jwk, ' }) });
});
after(async () => {
  await site?.close();
  await keyless?.close();
  await rm(folder, { recursive: true, force: true });
});

const bytes = (award, name, from = site.output) => readFile(join(from, 'verify', award.id ?? award, name));
const json = async (...args) => JSON.parse(await bytes(...args));
const vector = (path) => readFile(join(repository, 'tests/vectors', path));
const box = (page) => page.locator('[data-verdict]');

/** Gives a file to a page that is open: what it says, as [verdict, sentence, all of it]. */
async function give(page, name, buffer) {
  await page.locator('output').evaluate((e) => e.replaceChildren());
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: '', buffer: Buffer.from(buffer) });
  await box(page).waitFor({ timeout: 20_000 });
  return [await box(page).getAttribute('data-verdict'), await box(page).locator('.sentence').innerText(), await box(page).innerText()];
}

/** CRC-32, as PNGs have it. */
function crc32(data) {
  let crc = -1;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 && 0xedb88320);
  }
  return ~crc >>> 0;
}

/** A chunk of a PNG. */
function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]), out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}
const PIXEL = [Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', Buffer.from('00000001000000010800000000', 'hex'))];
/** A picture with these chunks before its pixels. */
const png = (...chunks) => Buffer.concat([...PIXEL, ...chunks, chunk('IDAT', deflateSync(Buffer.from([0, 0]))), chunk('IEND', Buffer.alloc(0))]);
const itxt = (text, word = 'openbadgecredential') => chunk('iTXt', Buffer.from(`${word}\0\0\0\0\0${text}`));
const svg = (text, more = '') => `<svg xmlns="http://www.w3.org/2000/svg">${more}<o:credential xmlns:o="https://purl.imsglobal.org/ob/v3p0"><![CDATA[${text}]]></o:credential></svg>`;
const base64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Ends a test: nobody else was asked, nothing went wrong, and nothing of a file is more than text. */
async function calm(page) {
  assert.deepEqual(page.seen.outside, []);
  assert.deepEqual(page.seen.errors, []);
  for (const request of page.seen.requests) assert.equal(request.method(), 'GET');
}

test('every verdict has its own sentence, in each form of a file, and nobody else is asked', async (t) => {
  const page = await site.visit(t, '/verify/');
  const expected = [
    [awards.active, 'valid', 'Genuine, and it counts today.', 'Dates: valid until 1 October 2090.'],
    [awards.expiring, 'valid', 'Genuine, and it counts today.', 'Dates: valid until 1 March 2027.'],
    [awards['active without an end'], 'valid', 'Genuine, and it counts today.', 'Dates: valid, with no end date.'],
    [awards.expired, 'expired', 'Genuine, but it has expired.', 'Dates: expired on 15 May 2026.'],
    [awards.upcoming, 'not yet valid', 'Genuine, but it does not count yet.', 'Dates: begins on 1 January 2090.'],
    [awards.revoked, 'withdrawn', awards.revoked.sentence, `Status: ${issuer} has withdrawn it.`],
    [awards.suspended, 'on hold', awards.suspended.sentence, `Status: ${issuer} has put it on hold.`],
    [awards.superseded, 'expired', 'Genuine, but it has expired.', `Status: ${issuer} has not withdrawn it.`],
    [{ id: '5d905a4688df51b9eda04e42', name: awards['active without an end'].name, path: '/verify/5d905a4688df51b9eda04e42/' }, 'valid',
      'Genuine, but a newer award has replaced it.', 'Dates: valid until 30 June 2036.'],
    [awards['right-to-left'], 'valid', 'Genuine, and it counts today.', 'Dates: valid until 9 September 2090.'],
  ];
  for (const [award, verdict, sentence, line] of expected) {
    const picture = await bytes(award, 'badge.png').catch(() => bytes(award, 'badge.svg'));
    for (const [name, file] of [['a.json', await bytes(award, 'credential.json')], ['a.jwt', await bytes(award, 'credential.jwt')], ['a.png', picture]]) {
      const [is, says, all] = await give(page, name, file);
      assert.deepEqual([is, says], [verdict, sentence], `${award.name}: ${name}`);
      assert.ok(all.includes(line) && all.includes(`Signature: made by ${issuer}`) && all.includes(award.name), `${name}: ${all}`);
      assert.equal(await box(page).locator('li').count(), 3);
      assert.equal(await box(page).locator('a').getAttribute('href'), award.path);
    }
  }
  await calm(page);
});

test('one letter changed is told, whatever the file and whether or not its checksum fits', async (t) => {
  const page = await site.visit(t, '/verify/');
  const altered = async (name, file) => {
    const [verdict, sentence] = await give(page, name, file);
    assert.deepEqual([verdict, sentence], ['altered', `Altered. This is not what ${issuer} signed: do not rely on it.`], name);
    assert.equal(await box(page).locator('a').count(), 0);
  };
  const credential = await json(MEMBER, 'credential.json');
  const name = 'Béatrice';
  assert.equal(credential.credentialSubject.identifier[0].identityHash.slice(0, 8), name);
  const picture = (await bytes(MEMBER, 'badge.png')).toString('latin1');
  assert.ok(picture.includes('B\\u00E9atrice') || picture.includes('B\\u00e9atrice'));
  await altered('checksum.png', Buffer.from(picture.replace(/B(\\u00e9)atrice/i, 'C$1atrice'), 'latin1'));
  const text = JSON.stringify(credential);
  await altered('a.png', png(itxt(text.replace(name, 'Céatrice'))));
  await altered('a.svg', svg(text.replace(name, 'Céatrice')));
  for (const [from, to] of [
    [name, 'Beatrice'], ['"2026-07-01T', '"2026-07-02T'], ['"hashed":true', '"hashed":false'], ['"Achievement"]', '"Achievement","Profile"]'], ['"type":["Achievement"],', ''],
    ['"criteria":{', '"criteria":{"id":"https://x.example/",'], ['CXPA Professional Member', 'CXPA Professional Mémber'],
    ['status.json#1', 'status.json#2'], [issuer, `${issuer}> <x:y> <x:z> .\\n`],
  ]) {
    assert.ok(text.includes(from), from);
    await altered(`${from} → ${to}`, text.replace(from, to));
  }
  const [head, body, mark] = (await bytes(MEMBER, 'credential.jwt')).toString().split('.');
  const forged = base64(Buffer.from(body, 'base64url').toString().replace(name, 'Cratrice'));
  await altered('a.jwt', `${head}.${forged}.${mark}`);
  await altered('b.jwt', `${head}.${body}.${mark.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))}`);
  await altered('c.svg', svg(`${head}.${forged}.${mark}`));
  await calm(page);
});

test('what no signature covers cannot be checked, here as by the program', async (t) => {
  const page = await site.visit(t, '/verify/'), scratch = await mkdtemp(join(tmpdir(), 'bonafide-odd-'));
  t.after(() => rm(scratch, { recursive: true, force: true }));
  const credential = await json(MEMBER, 'credential.json'), text = JSON.stringify(credential);
  const picture = (await bytes(MEMBER, 'badge.png')).toString('latin1'), file = join(scratch, 'a.json');
  const cases = [
    // Statements moved to where nobody looks for them, and terms that have no meaning, with a value or without.
    ...['"made":"x"', '"made":null', '"made":[]', '"made":[null]', '"__proto__":{"validUntil":"2030-01-01T00:00:00Z"}', '"constructor":{}', '"made":{}']
      .map((more) => text.replace('"awardedDate"', `${more},"awardedDate"`)),
    text.replace('"image":{', '"image":{"made":null,'), text.replace('"achievement":{', '"achievement":{"made":[],'),
    text.replace('"Achievement"]', '"Achievement","X"]'), text.replace('credentials/v2"', 'credentials/v2",{"x":"https://x.example/"}'),
    text.replace('did:web:badges.cxpa.example","type":["Profile"]', 'did:web:badges.cxpa.example","type":"Profile","nickname":"x"'),
    await bytes(MEMBER, 'status.json'), await bytes(awards.revoked, 'status.json'),
  ].map((odd) => [odd, 'cannot be checked']);
  // A term that has a meaning and no value says nothing.
  for (const more of ['"evidence":null', '"evidence":[]', '"validUntil":null']) cases.push([text.replace('"awardedDate"', `${more},"awardedDate"`), 'valid']);
  cases.push([text.replace('"achievement":{"id":"', '"achievement":{"id":null,"x":"'), 'cannot be checked']);
  // The same proof twice, or in a list, is that proof.
  for (const proof of [[credential.proof], [credential.proof, credential.proof]]) cases.push([JSON.stringify({ ...credential, proof }), 'valid']);
  cases.push([text.replace('Béatrice', 'Beatrice'), 'altered'], [Buffer.from(picture.replace(/B(\\u00e9)atrice/i, 'C$1atrice'), 'latin1'), 'altered']);
  // A picture of which something else is damaged.
  cases.push([Buffer.from(picture.replace(/IDAT..../s, 'IDAT\0\0\0\0'), 'latin1'), 'valid']);
  for (const [odd, verdict] of cases) {
    assert.notEqual(`${odd}`, text);
    const [is, , all] = await give(page, 'a.json', odd);
    await writeFile(file, odd);
    const told = await run('verify', file, '--against', site.output, '--at', MOMENT, '--format', 'json').catch((error) => error);
    assert.deepEqual([is, JSON.parse(told.stdout).results[0].verdict], [verdict, verdict], `${`${odd}`.slice(0, 400)}: ${all} ${told.stdout}`);
  }
  // A list of statuses is genuine, and nobody's badge.
  assert.match((await give(page, 'a.json', await bytes(MEMBER, 'status.json')))[2], /none of the files that hold a badge/);
  await calm(page);
});

test('an earlier version is no forgery: it is told from one, and its page says what holds', async (t) => {
  const page = await site.visit(t, '/verify/');
  for (const [award, picture, verdict, sentence] of [
    [EXPIRING, 'badge.svg', 'valid', 'Genuine, but not the latest version.'],
    [MEMBER, 'badge.png', 'expired', 'Genuine, but it has expired.'],
  ]) {
    for (const name of [picture, 'credential.json', 'credential.jwt']) {
      const [is, says, all] = await give(page, name, await bytes(award, name, old));
      assert.deepEqual([is, says], [verdict, sentence], name);
      assert.match(all, /This file is an earlier version: the award was renewed or changed since\./, name);
      assert.equal(await box(page).locator('a').getAttribute('href'), `/verify/${award}/`);
    }
  }
  // An earlier version that goes on for longer than the award does now is no longer valid then.
  const later = await site.visit(t, '/verify/', { clock: '2027-02-01T12:00:00Z' });
  assert.equal((await give(later, 'a.json', await bytes(EXPIRING, 'credential.json', old)))[0], 'expired');
  assert.equal((await give(later, 'a.json', await bytes(EXPIRING, 'credential.json')))[0], 'valid');
  // Written in another order and with spaces it says the same.
  const again = JSON.stringify(Object.fromEntries(Object.entries(await json(EXPIRING, 'credential.json')).reverse()), null, 4);
  assert.deepEqual((await give(page, 'a.json', again)).slice(0, 2), ['valid', 'Genuine, and it counts today.']);
  await calm(page);
});

test('another key and another issuer are told apart', async (t) => {
  const page = await site.visit(t, '/verify/');
  for (const name of ['badge.png', 'credential.json', 'credential.jwt']) {
    const [is, says] = await give(page, name, await bytes(MEMBER, name, other));
    assert.deepEqual([is, says], ['signed by another key', `Not signed by ${issuer}, whatever it says: do not rely on it.`], name);
  }
  for (const [path, who, where] of [
    ['1edtech/simple-json.png', null, null], ['1edtech/simple-json.svg', null, null], ['1edtech/simple-jwt.svg', null, null],
    ['1edtech/simple-did-web-method.json', null, null], ['1edtech/simple.jwt', null, null],
  ]) {
    const [is, says, all] = await give(page, path, await vector(path));
    assert.equal(is, 'wrong issuer', `${path}: ${all}`);
    assert.match(says, /^Made by .+\. This site can only vouch for its own badges\.$/);
    assert.match(all, /Its issuer’s address is \S+, and only there can it be checked\./);
    if (who) assert.ok(all.includes(who) && all.includes(where), all);
  }
  // One whose id is no address has none to be asked at.
  const [is, , text] = await give(page, 'key', await vector('1edtech/simple-did-key-method.json'));
  assert.equal(is, 'wrong issuer');
  assert.match(text, /has no address on the web, only a key/);
  assert.doesNotMatch(text, /Its issuer’s address/);
  const [, says, all] = await give(page, 'web.json', JSON.stringify({ type: ['VerifiableCredential'],
    issuer: { id: 'did:web:bees.example%3A8443:badges', name: 'Bee\u202eKeepers <img src=x onerror=alert(1)>' + '!'.repeat(300) } }));
  assert.ok(says.startsWith('Made by BeeKeepers <img src=x onerror=alert(1)>!!!') && says.includes('!…'), says);
  assert.ok(all.includes('https://bees.example:8443/badges'), all);
  assert.equal(await box(page).locator('img').count(), 0);
  await calm(page);
});

test('hostile and broken files get a reason, soon, and nothing breaks', async (t) => {
  const page = await site.visit(t, '/verify/');
  const credential = await json(MEMBER, 'credential.json'), text = JSON.stringify(credential);
  const [head, body, mark] = (await bytes(MEMBER, 'credential.jwt')).toString().split('.');
  const header = JSON.parse(Buffer.from(head, 'base64url')), ed25519 = credential.proof.verificationMethod;
  const jwt = (more) => `${base64({ ...header, ...more })}.${body}.${mark}`;
  const giant = png();
  giant.writeUInt32BE(0xffffffff, 33);
  const bomb = deflateSync(Buffer.alloc(1 << 28, 32));
  const word = Buffer.from('openbadgecredential\0');
  const good = await bytes(MEMBER, 'badge.png');
  const refused = /put together as no badge of this site is/, damaged = /damaged or incomplete/, unsigned = /Nobody has signed it/, kind = /none of the files that hold a badge/;
  const files = [
    ['large', Buffer.alloc((8 << 20) + 1), /larger than 8 MB/],
    ['nothing', '', kind], ['text', 'Hello', kind], ['binary', Buffer.from([0xff, 0xfe, 0, 1]), kind], ['a page', '<!doctype html><p>', /Nothing is signed/],
    ['PDF', '%PDF-1.7 ey.a.b', kind], ['no credential', png(), /Nothing is signed in this picture/], ['plain SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>', /Nothing is signed/],
    ['did.json', await readFile(join(site.output, '.well-known/did.json')), kind], ['status.json', await bytes(MEMBER, 'status.json'), kind],
    ['assertion.json', await bytes(MEMBER, 'assertion.json'), /Open Badges 2\.0/], ['2.0 picture', png(itxt('https://old.example/1', 'openbadges')), /Open Badges 2\.0/],
    ...[9, 20, 60, 400, good.length - 5].map((end) => [`cut at ${end}`, good.subarray(0, end), damaged]),
    ['giant chunk', giant, damaged], ['twice', png(itxt(text), itxt(text)), refused],
    ['no zero', png(chunk('iTXt', Buffer.from('openbadgecredential'))), damaged], ['no text', png(chunk('iTXt', word)), damaged],
    ['zTXt bomb', png(chunk('zTXt', Buffer.concat([word, Buffer.from([0]), bomb]))), refused],
    ['iTXt bomb', png(chunk('iTXt', Buffer.concat([word, Buffer.from([1, 0, 0, 0]), bomb]))), refused],
    ['bad zlib', png(chunk('zTXt', Buffer.concat([word, Buffer.from([0, 1, 2, 3])]))), damaged],
    ['long text', png(itxt(`{"a":"${'x'.repeat(300_000)}"}`)), refused],
    ['many chunks', png(Buffer.alloc(3_000_000, chunk('tEXt', Buffer.from('a\0b')))), /Nothing is signed/],
    ['entities', '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg"><o:credential>&b;</o:credential></svg>', damaged],
    ['deep SVG', `<svg xmlns="http://www.w3.org/2000/svg">${'<g>'.repeat(2_000_000)}`, /Nothing is signed/], ['cut SVG', svg(text).slice(0, -40), damaged],
    ['many starts', `<svg>${'<credential'.repeat(700_000)}`, /Nothing is signed/], ['many credentials', `<svg>${'<credential verify="'.repeat(300_000)}`, null],
    ['wide SVG', `<svg xmlns="http://www.w3.org/2000/svg">${'<g style="color:red" onload="alert(1)"/>'.repeat(100_000)}<script>alert(1)</script></svg>`, /Nothing is signed/],
    ['two in an SVG', svg(text, `<o:credential xmlns:o="https://purl.imsglobal.org/ob/v3p0">${''}</o:credential>`), kind],
    ['deep JSON', `{"type":"VerifiableCredential","a":${'['.repeat(40)}${']'.repeat(40)}}`, refused], ['very deep JSON', '{"a":'.repeat(40_000), refused],
    ['quotes without end', `{"type":"VerifiableCredential","a":"${'\\"'.repeat(130_000)}`, damaged], ['spaces', `{"a"${' '.repeat(200_000)}`, damaged],
    ['many blank nodes', JSON.stringify({ ...credential, evidence: Array.from({ length: 6_000 }, (_, n) => ({ type: ['Evidence'], name: `${n}` })) }), refused],
    ['two that look alike', JSON.stringify({ ...credential, evidence: [{ type: ['Evidence'] }, { type: ['Evidence'] }] }), /This browser cannot check/],
    ['a long signature', JSON.stringify({ ...credential, proof: { ...credential.proof, proofValue: `z${'z'.repeat(200_000)}` } }), refused],
    ['long JSON', `{"a":"${'x'.repeat(300_000)}"}`, refused], ['no JSON', '{"type":', damaged], ['two values', `${text}{}`, damaged],
    ['a name twice', text.replace('"name"', '"name":"x","n\\u0061me"'), refused], ['a lone half', text.replace('Béatrice', '\\ud800'), null],
    ['no proof', JSON.stringify({ ...credential, proof: undefined }), unsigned], ['a null proof', JSON.stringify({ ...credential, proof: null }), unsigned],
    ['two proofs', JSON.stringify({ ...credential, proof: [credential.proof, { ...credential.proof, cryptosuite: 'x' }] }), refused],
    ['a key in the proof', JSON.stringify({ ...credential, proof: { ...credential.proof, publicKeyMultibase: 'z6Mk' } }), refused],
    ['another suite', JSON.stringify({ ...credential, proof: { ...credential.proof, cryptosuite: 'eddsa-jcs-2022' } }), refused],
    ['another purpose', JSON.stringify({ ...credential, proof: { ...credential.proof, proofPurpose: 'authentication' } }), refused],
    ['a proof by the other key', JSON.stringify({ ...credential, proof: { ...credential.proof, verificationMethod: header.kid } }), refused],
    ['alg: none', `${base64({ ...header, alg: 'none' })}.${body}.`, unsigned], ['alg: nOnE', jwt({ alg: 'nOnE' }), unsigned], ['HS256', jwt({ alg: 'HS256' }), unsigned],
    ['EdDSA with the other key', jwt({ alg: 'EdDSA' }), refused], ['ES256 with the other key', jwt({ kid: ed25519 }), refused], ['RS256', jwt({ alg: 'RS256' }), refused],
    ['jwk', jwt({ jwk: { kty: 'EC', crv: 'P-256', x: 'a', y: 'b' } }), refused], ['x5c', jwt({ x5c: ['MIIB'] }), refused], ['crit', jwt({ crit: ['b64'], b64: false }), refused],
    ['no kid', jwt({ kid: undefined }), refused], ['four parts', `${head}.${body}.${mark}.x`, refused], ['no base64', `${head}.${body}%.${mark}`, damaged],
    ['an odd issuer', JSON.stringify({ type: ['VerifiableCredential'], issuer: { id: { toString: 1 } } }), refused], ['null', '{"type":"VerifiableCredential","issuer":null}', refused],
    ['an array', '[]', kind], ['odd types', '{"type":{"length":1},"vc":7}', null],
  ];
  for (const [name, file, reason] of files) {
    const began = Date.now();
    const [is, says, all] = await give(page, name, file);
    if (reason) assert.deepEqual([is, says], ['cannot be checked', 'This could not be checked.'], `${name}: ${all}`);
    else assert.ok(['cannot be checked', 'altered'].includes(is), `${name}: ${all}`);
    if (reason) assert.match(all, reason, name);
    assert.ok(Date.now() - began < 8_000, `${name}: ${Date.now() - began} ms`);
  }
  // Another's key: of a name that the site does not have, or in a fragment.
  for (const kid of ['did:web:badges.cxpa.example#other', 'did:web:evil.example#k', `${header.kid}&x`]) {
    assert.equal((await give(page, kid, jwt({ kid })))[0], 'signed by another key');
  }
  // Chromium styles its own element for what is no XML (`parsererror`), which the policy blocks: a message for each of
  // the two damaged SVGs, and one of this test's own.
  const styled = page.seen.errors.filter((error) => /inline style|style-src-attr/.test(error));
  assert.ok(styled.length <= 4, `${styled.length}`);
  page.seen.errors = page.seen.errors.filter((error) => !styled.includes(error));
  await calm(page);
});

test('a badge’s page checks its own signature and says in three lines what it did', async (t) => {
  for (const [award, verdict] of [[awards.active, 'valid'], [awards.expired, 'expired'], [awards.upcoming, 'not yet valid'],
    [awards.revoked, 'withdrawn'], [awards.suspended, 'on hold'], [awards['long-named'], 'valid']]) {
    const page = await site.visit(t, award.path);
    await page.waitForLoadState('networkidle');
    const loaded = () => page.seen.requests.map((request) => new URL(request.url()).pathname);
    assert.deepEqual(loaded().filter((path) => /signed\.check|credential|did\.json/.test(path)), [], 'nothing before it is asked for');
    await page.getByRole('button', { name: 'Check the signature' }).click();
    await box(page).waitFor();
    assert.equal(await box(page).getAttribute('data-verdict'), verdict);
    assert.equal(await box(page).locator('li').count(), 3);
    assert.ok((await box(page).innerText()).includes(award.name));
    // Nothing is loaded that only files need.
    assert.deepEqual(loaded().filter((path) => /signed\.(file|proof)/.test(path)), []);
    assert.equal(await page.locator('[data-status]').count(), 1);
    await calm(page);
  }
});

test('a page whose files were changed on the way is found out, and a site that does not answer is said', async (t) => {
  const asks = async (change) => {
    const page = await site.visit(t, awards.active.path);
    await page.route(/credential\.|status\.json|did\.json/, change);
    await page.locator('.signature button').click();
    await box(page).waitFor();
    return [await box(page).getAttribute('data-verdict'), await box(page).innerText()];
  };
  const text = (from, to, of) => async (route) => {
    const response = await route.fetch(), body = await response.text();
    await route.fulfill({ response, body: of.test(route.request().url()) ? body.replace(from, to) : body });
  };
  assert.equal((await asks(text('Hildegard', 'Hiltegard', /credential\.json/)))[0], 'altered');
  assert.equal((await asks(text(/(did:web:badges.cxpa.example#)[^"]+("\])/, '$1x$2', /did\.json/)))[0], 'signed by another key');
  assert.equal((await asks(text('"revocation"', '"message"', /status\.json/)))[0], 'cannot be checked');
  assert.equal((await asks(text('845f6b7bf181000208634038', awards.expired.id, /status\.json/)))[0], 'cannot be checked');
  const slow = /The site does not answer as it should/;
  for (const [status, body] of [[500, ''], [404, ''], [200, '<!doctype html>']]) {
    const [verdict, said] = await asks((route) => (/did\.json|status\.json/.test(route.request().url()) ? route.fulfill({ status, body }) : route.continue()));
    assert.equal(verdict, 'cannot be checked');
    assert.match(said, slow, `${status}`);
  }
  const [, offline] = await asks((route) => route.abort());
  assert.match(offline, slow);
});

test('a site without a key for JWTs checks the proof itself', async (t) => {
  const page = await keyless.visit(t, '/verify/');
  const good = await bytes(MEMBER, 'credential.json', keyless.output);
  assert.equal((await give(page, 'a.json', good))[0], 'valid');
  assert.equal((await give(page, 'a.json', good.toString().replace('Béatrice', 'Beatrice')))[0], 'altered');
  // Evidence, in every script: what the script puts together is what the program signed.
  for (const { id } of Object.values(awards)) {
    assert.ok(['valid', 'expired', 'not yet valid', 'withdrawn', 'on hold'].includes((await give(page, id, await bytes(id, 'credential.json', keyless.output)))[0]), id);
  }
  await calm(page);
});

test('an award that is gone or private is no longer vouched for', async (t) => {
  const page = await site.visit(t, '/verify/');
  await page.route(`**${awards.active.path}credential.json`, (route) => route.fulfill({ status: 404, body: '' }));
  for (const name of ['credential.json', 'credential.jwt']) {
    const [verdict, , all] = await give(page, name, await bytes(awards.active, name));
    assert.equal(verdict, 'cannot be checked');
    assert.match(all, /signed it, but no longer publishes it/);
  }
});

test('a file can be dropped anywhere on the page, and the last one counts', async (t) => {
  const page = await site.visit(t, '/verify/');
  const files = { good: await bytes(MEMBER, 'credential.json'), bad: Buffer.from('Hello') };
  const drop = (...names) => page.evaluate((all) => all.forEach((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'a.json'));
    for (const type of ['dragover', 'drop']) document.querySelector('h1').dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
  }), names.map((name) => files[name].toString()));
  await drop('bad', 'good');
  await eventually(async () => await box(page).getAttribute('data-verdict').catch(() => '') === 'valid');
  assert.equal(await box(page).getAttribute('data-verdict'), 'valid');
  await drop('good', 'bad');
  await eventually(async () => await box(page).getAttribute('data-verdict') === 'cannot be checked');
  assert.equal(await box(page).count(), 1);
  await calm(page);
});

test('without scripts the pages say how to check by other means', async (t) => {
  const page = await site.visit(t, '/verify/', { js: false });
  assert.equal(await page.locator('.file').isVisible(), false);
  assert.ok(await page.locator('noscript p', { hasText: 'To check a badge’s file without scripts' }).isVisible());
  const words = await page.locator('section:has(#software)').innerText();
  for (const part of ['bonafide verify', `${HOME}.well-known/did.json`, '/credential.json', 'Open Badges 3.0']) assert.ok(words.includes(part), words);
  const award = await site.visit(t, awards.active.path, { js: false });
  assert.equal(await award.getByText('Check the signature').isVisible(), false);
  assert.equal(await award.locator('.sheet noscript a').getAttribute('href'), '/verify/#software');
  for (const [name, path] of [['Download the signed picture', 'badge.svg'], ['Download the credential', 'credential.json']]) {
    assert.equal(await award.getByRole('link', { name }).getAttribute('href'), awards.active.path + path);
  }
  const verifier = await award.getByRole('link', { name: 'Ask an independent verifier' }).getAttribute('href');
  assert.equal(new URL(verifier).searchParams.get('url'), `${HOME}${awards.active.path.slice(1)}credential.json`);
  await award.getByText('Add to a wallet').click();
  assert.ok(await award.getByText(`${HOME}${awards.active.path.slice(1)}credential.json`).isVisible());
});

test('what is withdrawn is not offered to take along, and paper has no button', async (t) => {
  for (const what of ['revoked', 'suspended', 'superseded']) {
    assert.equal(await (await site.visit(t, awards[what].path)).locator('.wallet').count(), 0);
  }
  const page = await site.visit(t, awards.active.path);
  await page.locator('.signature button').click();
  await box(page).waitFor();
  await page.emulateMedia({ media: 'print' });
  assert.deepEqual([await page.locator('.signature').isVisible(), await page.locator('.wallet').isVisible()], [false, false]);
});

test('axe finds nothing and nothing is too wide: in five languages, on phones, dark, in forced colours', async (t) => {
  for (const [language, prefix] of [['en', ''], ...LANGUAGES.map((one) => [one, `/${one}`])]) {
    for (const path of ['/verify/', awards.active.path]) {
      const page = await site.visit(t, prefix + path, { size: PHONE });
      if (path === '/verify/') await give(page, 'a.json', await bytes(MEMBER, 'credential.json', old));
      else {
        await page.locator('.signature button').click();
        await box(page).waitFor();
      }
      const said = await box(page).innerText();
      if (language !== 'en') assert.ok(!/Genuine|Signature:|Dates:|Open the page/.test(said), said);
      assert.doesNotMatch(said, /[{}]/);
      await page.locator('details').evaluateAll((all) => all.forEach((e) => { e.open = true; }));
      for (const [size, media] of [[PHONE, { colorScheme: 'light' }], [NARROW, { colorScheme: 'dark' }], [WIDE, { colorScheme: 'dark', forcedColors: 'active' }]]) {
        await page.setViewportSize(size);
        await page.emulateMedia({ forcedColors: 'none', ...media });
        assert.deepEqual([...await axe(page), ...await sideways(page)], [], page.url());
      }
      await calm(page);
    }
  }
});

test('a long name, a long issuer and every answer fit a small screen', async (t) => {
  const page = await site.visit(t, '/verify/', { size: NARROW });
  for (const file of [await bytes(awards['long-named'], 'credential.json'), await vector('1edtech/simple-json.png'), 'Hello',
    (await bytes(MEMBER, 'credential.json')).toString().replace('Béatrice', 'B'), await bytes(MEMBER, 'credential.json', other)]) {
    await give(page, 'a', file);
    assert.deepEqual([...await axe(page), ...await sideways(page)], []);
  }
});

test('pages and scripts keep to their sizes', async (t) => {
  const sizes = async (page, end) => {
    const paths = page.seen.requests.map((request) => new URL(request.url()).pathname).filter((path) => end.test(path));
    return (await Promise.all([...new Set(paths)].map(async (path) => (await stat(join(site.output, path))).size))).reduce((sum, size) => sum + size, 0);
  };
  for (const path of ['/verify/', awards.active.path, awards.expiring.path, `/ar${awards.active.path}`]) {
    const page = await site.visit(t, path);
    await page.waitForLoadState('networkidle');
    const script = await sizes(page, /\.js$/), styles = await sizes(page, /\.css$/);
    assert.ok(script < 10_000 && styles < 15_000, `${path}: ${script} ${styles}`);
    if (!path.endsWith('/verify/')) assert.ok((await stat(join(site.output, path, 'index.html'))).size + script + styles < 60_000);
    if (path.endsWith('/verify/')) await give(page, 'a.png', await bytes(MEMBER, 'badge.png'));
    else {
      await page.locator('.signature button').click();
      await box(page).waitFor();
    }
    const more = await sizes(page, /\.js$/) - script;
    t.diagnostic(`${path}: ${script} bytes of script, ${styles} of styles, ${more} on first use`);
    assert.ok(more > 0 && more < 12_000, `${path}: ${more}`);
    // What only a file that is not today's version needs.
    if (path !== '/verify/') continue;
    await give(page, 'a.png', await bytes(MEMBER, 'badge.png', old));
    const last = await sizes(page, /\.js$/) - script - more;
    t.diagnostic(`${last} for files that are not what is published today`);
    assert.ok(last < 7_000, `${last}`);
  }
});

test('a site that does not sign has none of it', async (t) => {
  const plain = await open();
  t.after(() => plain.close());
  for (const path of ['/verify/', awards.active.path]) {
    const text = await readFile(join(plain.output, path, 'index.html'), 'utf8');
    assert.doesNotMatch(text, /signed\.|data-signed|credential\.json|did:web|wallet/);
  }
});
