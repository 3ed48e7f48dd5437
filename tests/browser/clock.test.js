// A page is made once and read for years. These tests build it on one day and read it on another, on both
// sides of every boundary, and while a boundary passes.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NOON, PHONE, eventually, open } from './harness.js';
import { awards } from './sample.js';

let site;
before(async () => { site = await open(); });
after(() => site?.close());

const SECOND = 1000;
const status = (page) => page.locator('[data-status]').evaluate((e) => e.dataset.status);
const sentence = async (page) => (await page.locator('[data-status] .sentence').innerText()).trim();
const announced = (page) => eventually(async () => (await page.locator('[role=status]').textContent()).trim(), 5000);

/** The instant that one of the status's `data-…` attributes names, as the page itself says. */
async function instant(t, award, name) {
  const page = await site.visit(t, award.path, { js: false });
  return Date.parse(await page.locator('[data-status]').evaluate((e, key) => e.dataset[key], name));
}

/** Reads a page with the reader's clock that far from a boundary of the award. */
async function read(t, award, boundary, distance, options = {}) {
  const time = new Date(await instant(t, award, boundary) + distance).toISOString();
  return site.visit(t, award.path, { ...options, clock: time });
}

test('a page read on the day it was made says what it was made to say, and announces nothing', async (t) => {
  const page = await site.visit(t, awards.expiring.path);
  assert.equal(await status(page), 'expiring');
  assert.equal(await sentence(page), awards.expiring.sentence);
  await page.waitForTimeout(300);
  assert.equal((await page.locator('[role=status]').textContent()).trim(), '');
});

test('a page made while renewal was open says Expired when it is read after the end', async (t) => {
  const page = await read(t, awards.expiring, 'validUntil', 3600 * SECOND);
  assert.equal(await status(page), 'expired');
  assert.equal(await sentence(page), 'Expired on 1 March 2027.');
  assert.equal(await page.locator('[data-status].is-expired').count(), 1);
  assert.equal(await announced(page), 'Expired on 1 March 2027.');
});

test('an award that ran out after its page was made is no longer offered to LinkedIn', async (t) => {
  const page = await read(t, awards.expiring, 'validUntil', 3600 * SECOND);
  assert.equal(await page.locator('a[href*="profile/add"]').isVisible(), false);
});

test('nothing on a page contradicts the status that the reader’s clock gives', async (t) => {
  const page = await read(t, awards.expiring, 'validUntil', 3600 * SECOND, { size: PHONE });
  assert.doesNotMatch(await page.locator('main').innerText(), /Renewal is open|before the badge runs out/);
});

test('the last second of the last day still counts', async (t) => {
  const page = await read(t, awards.expiring, 'validUntil', -SECOND * 30);
  assert.equal(await status(page), 'expiring');
});

test('where the reader is makes no difference to when an award ends', async (t) => {
  for (const zone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
    assert.equal(await status(await read(t, awards.expiring, 'validUntil', -SECOND * 30, { zone })), 'expiring', zone);
    assert.equal(await status(await read(t, awards.expiring, 'validUntil', SECOND, { zone })), 'expired', zone);
  }
});

test('an upcoming award counts from its first day on', async (t) => {
  const early = await read(t, awards.upcoming, 'validFrom', -30 * SECOND);
  assert.equal(await status(early), 'upcoming');
  const page = await read(t, awards.upcoming, 'validFrom', SECOND);
  assert.equal(await status(page), 'active');
  assert.equal(await sentence(page), 'Valid, with no end date.');
  assert.equal(await announced(page), 'Valid, with no end date.');
});

test('a page read by a clock before the first day says when it begins', async (t) => {
  const page = await read(t, awards.active, 'validFrom', -3600 * SECOND);
  assert.equal(await status(page), 'upcoming');
  assert.match(await sentence(page), /^Begins on /);
});

test('an active award shows that renewal is open from the first notice on', async (t) => {
  assert.equal(await status(await read(t, awards.active, 'noticeFrom', -30 * SECOND)), 'active');
  const page = await read(t, awards.active, 'noticeFrom', SECOND);
  assert.equal(await status(page), 'expiring');
  assert.equal(await sentence(page), 'Valid until 1 October 2090. Renewal is open.');
});

test('a page made after the end goes back with a clock that is before it', async (t) => {
  const page = await read(t, awards.expired, 'validUntil', -30 * SECOND);
  assert.equal(await status(page), 'expiring');
});

test('an open page changes at the boundary itself, and says so aloud', async (t) => {
  const page = await read(t, awards.expiring, 'validUntil', -60 * SECOND);
  assert.equal(await status(page), 'expiring');
  await page.clock.runFor(62 * SECOND);
  assert.equal(await status(page), 'expired');
  assert.equal(await announced(page), 'Expired on 1 March 2027.');
});

test('a page left open for weeks still changes at its boundary', async (t) => {
  const page = await read(t, awards.active, 'noticeFrom', -60 * 86_400 * SECOND);
  assert.equal(await status(page), 'active');
  await page.clock.runFor(60 * 86_400 * SECOND + 5 * SECOND);
  assert.equal(await status(page), 'expiring');
});

for (const what of ['revoked', 'suspended', 'superseded']) {
  test(`time does not change what the issuer decided: ${what}`, async (t) => {
    for (const clock of ['2000-01-01T00:00:00Z', NOON, '2100-01-01T00:00:00Z']) {
      const page = await site.visit(t, awards[what].path, { clock });
      assert.equal(await status(page), what, clock);
      assert.equal(await sentence(page), awards[what].sentence, clock);
    }
  });
}

test('“data as of” comes from as-of.json, without a warning while the data is fresh', async (t) => {
  const page = await site.visit(t, awards.active.path);
  const line = page.locator('[data-as-of]');
  await line.waitFor({ state: 'visible' });
  assert.equal((await line.innerText()).trim(), 'Data as of 20 November 2026.');
  assert.equal(await line.locator('time').getAttribute('datetime'), '2026-11-20T06:00:00Z');
});

test('data that is older than it should be comes with a warning', async (t) => {
  const page = await site.visit(t, awards.active.path, { clock: '2027-01-15T12:00:00Z' });
  const line = page.locator('[data-as-of]');
  await line.waitFor({ state: 'visible' });
  assert.match(await line.innerText(), /Data as of 20 November 2026\. This is older than it should be\./);
});

test('without as-of.json the page says nothing about it, and nothing else fails', async (t) => {
  const page = await site.visit(t, awards.active.path, { clock: NOON });
  await page.route('**/as-of.json', (route) => route.fulfill({ status: 500, body: 'no' }));
  await page.reload();
  assert.equal(await page.locator('[data-as-of]').isVisible(), false);
  assert.equal(await status(page), 'active');
});
