// What a reader can do on a page: copy, share, print.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HOME, PHONE, eventually, open } from './harness.js';
import { awards, issuer } from './sample.js';

let site;
before(async () => { site = await open(); });
after(() => site?.close());

const clipboard = ['clipboard-read', 'clipboard-write'];
const pasted = (page) => page.evaluate(() => navigator.clipboard.readText());
const homeOf = (award) => new URL(award.path, HOME).href;

test('the link button copies the page’s public address, and says so', async (t) => {
  const page = await site.visit(t, awards.expiring.path, { permissions: clipboard });
  const button = page.getByRole('button', { name: 'Copy link' });
  await button.click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  assert.equal(await pasted(page), homeOf(awards.expiring));
  assert.equal(await eventually(() => page.locator('[role=status]').textContent()), 'Copied');
  await page.clock.runFor(2500);
  assert.equal(await button.count(), 1);
});

test('every field for LinkedIn is copied as it stands', async (t) => {
  const page = await site.visit(t, awards.expiring.path, { permissions: clipboard });
  await page.getByText('Copy the fields by hand').click();
  const rows = await page.locator('.fields > div').all();
  assert.equal(rows.length, 6);
  const fields = {};
  for (const row of rows) {
    await row.getByRole('button').click();
    const shown = (await row.locator('dd').first().innerText()).trim();
    assert.equal(await eventually(async () => (await pasted(page)) === shown && shown), shown);
    fields[(await row.locator('dt').innerText()).trim()] = shown;
  }
  assert.deepEqual(fields, {
    'Name': 'Certified Customer Experience Professional',
    'Issuing organization': issuer,
    'Issue date': 'March 2024',
    'Expiration date': 'March 2027',
    'Credential ID': awards.expiring.id,
    'Credential URL': homeOf(awards.expiring),
  });
});

test('copying works where the clipboard is not given freely', async (t) => {
  const page = await site.visit(t, awards.expiring.path, { permissions: ['clipboard-read'] });
  await page.evaluate(() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); });
  await page.getByRole('button', { name: 'Copy link' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  assert.equal(await pasted(page), homeOf(awards.expiring));
});

test('share links carry the right address and words', async (t) => {
  const page = await site.visit(t, awards.expiring.path, { js: false });
  const links = await page.locator('.share a').evaluateAll((all) => all.map((e) => ({ href: e.href, rel: e.rel })));
  const to = (start) => new URL(links.find(({ href }) => href.startsWith(start))?.href);
  const get = (url) => Object.fromEntries(url.searchParams);
  const address = homeOf(awards.expiring);
  assert.deepEqual(get(to('https://www.linkedin.com/profile/add')), {
    startTask: 'CERTIFICATION_NAME',
    name: 'Certified Customer Experience Professional',
    organizationName: issuer,
    issueYear: '2024', issueMonth: '3', expirationYear: '2027', expirationMonth: '3',
    certUrl: address, certId: awards.expiring.id,
  });
  assert.deepEqual(get(to('https://www.linkedin.com/sharing/share-offsite/')), { url: address });
  assert.deepEqual(get(to('https://www.facebook.com/sharer/sharer.php')), { u: address });
  assert.equal(get(to('https://x.com/intent/')).url, address);
  assert.ok(get(to('mailto:')).body.includes(address));
  for (const { href, rel } of links) assert.ok(rel.includes('noopener'), href);
});

test('an award without an end gives LinkedIn no end', async (t) => {
  const page = await site.visit(t, awards['active without an end'].path, { js: false });
  const url = new URL(await page.locator('a[href*="profile/add"]').getAttribute('href'));
  assert.deepEqual([url.searchParams.has('expirationYear'), url.searchParams.has('expirationMonth')], [false, false]);
});

for (const what of ['expired', 'revoked', 'suspended', 'superseded']) {
  test(`an award that does not count is not offered to LinkedIn: ${what}`, async (t) => {
    const page = await site.visit(t, awards[what].path);
    for (const e of await page.locator('a[href*="profile/add"], .fields').all()) assert.equal(await e.isVisible(), false);
  });
}

test('without scripts there is no button that does nothing', async (t) => {
  for (const path of [awards.expiring.path, '/verify/', '/', '/faq/expiry/']) {
    const page = await site.visit(t, path, { js: false });
    for (const e of await page.locator('button, input').all()) assert.equal(await e.isVisible(), false, path);
  }
});

test('the print button prints', async (t) => {
  const page = await site.visit(t, awards.active.path);
  await page.evaluate(() => { window.print = () => { document.title = 'printed'; }; });
  await page.getByRole('button', { name: 'Print' }).click();
  assert.equal(await page.title(), 'printed');
});

test('the field for an address has room for one, and for a finger', async (t) => {
  for (const path of ['/', '/verify/', '/404.html']) {
    const page = await site.visit(t, path, { size: PHONE });
    const field = await page.getByRole('textbox').boundingBox();
    assert.ok(field.height >= 44, `${path}: ${field.height} px high`);
    assert.ok(field.width >= 280, `${path}: ${field.width} px wide`);
  }
});
