// The five seconds that a verification page has: a stranger, a phone, no script. Everything that answers
// "is this real?" stands in the first screen, in words that are there without JavaScript.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NARROW, NOON, PHONE, open } from './harness.js';
import { alias, awards, hidden, host, issuer, pages } from './sample.js';

let site;
before(async () => { site = await open(); });
after(() => site?.close());

/** The elements that match and that a reader can see: their text, and where they end on the page. */
const visible = (page, selector) => page.locator(selector).evaluateAll((found) => found
  .filter((e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
  .map((e) => ({
    text: e.innerText.trim(),
    loaded: e.tagName !== 'IMG' || (e.complete && e.naturalWidth > 0),
    top: e.getBoundingClientRect().top,
    bottom: e.getBoundingClientRect().bottom,
    ...e.dataset,
  })));

for (const [what, award] of Object.entries(awards)) {
  test(`the page of the ${what} award answers within the first screen of a phone, without scripts`, async (t) => {
    const page = await site.visit(t, award.path, { js: false, size: PHONE });
    const inFirstScreen = async (selector, words) => {
      const found = await visible(page, selector);
      assert.equal(found.length, 1, `${selector}: ${found.length} to be seen`);
      assert.ok(found[0].loaded, `${selector} is a broken picture`);
      if (words) assert.ok(found[0].text.includes(words), `${selector} says “${found[0].text}”`);
      assert.ok(found[0].top >= 0 && found[0].bottom <= PHONE.height,
        `${selector} stands at ${Math.round(found[0].top)} to ${Math.round(found[0].bottom)} px, below the first screen`);
      return found[0];
    };
    const status = await inFirstScreen('[data-status]');
    assert.equal(status.status, award.status);
    assert.ok(Date.parse(status.validFrom), 'data-valid-from is no instant');
    await inFirstScreen('[data-status] .sentence', award.sentence);
    await inFirstScreen('h1', award.name);
    await inFirstScreen('.sheet .title', award.badge);
    await inFirstScreen('.sheet .picture img');
    await inFirstScreen('.sheet .by', issuer);
    await inFirstScreen('.only .host', host);
  });
}

test('a status never claims what time can make untrue: without a script the dates say it', async (t) => {
  const page = await site.visit(t, awards.active.path, { js: false });
  const text = await page.locator('main').innerText();
  assert.doesNotMatch(text, /\b(is|currently) (valid|active)\b/i);
  assert.equal(await page.locator('.sentence time').first().getAttribute('datetime'), '2090-10-01');
});

test('a replaced award leads to the newer one', async (t) => {
  const page = await site.visit(t, awards.superseded.path, { js: false });
  await page.locator('[data-status] a').click();
  assert.equal(page.url(), site.address(awards.expiring.path));
});

test('a private award’s page says nothing about the person or the award', async (t) => {
  const page = await site.visit(t, hidden.path, { js: false });
  assert.equal(await page.locator('[data-status], .picture, .qr').count(), 0);
  assert.equal(await page.locator('meta[name=robots]').getAttribute('content'), 'noindex');
});

test('an old address leads to the award’s page', async (t) => {
  const page = await site.visit(t, alias.path, { atHome: true });
  await page.waitForURL(`**${alias.to}`);
  assert.equal(await page.locator('h1').innerText(), awards.expiring.name);
});

test('names are isolated, so that a right-to-left name disturbs nothing beside it', async (t) => {
  const page = await site.visit(t, awards['right-to-left'].path, { js: false, size: PHONE });
  assert.equal(await page.locator('h1 bdi').evaluate((e) => getComputedStyle(e).direction), 'rtl');
  assert.equal(await page.locator('.sentence').first().evaluate((e) => getComputedStyle(e).direction), 'ltr');
});

for (const [what, path] of Object.entries(pages)) {
  test(`nothing scrolls sideways at 320 pixels: ${what}`, async (t) => {
    const page = await site.visit(t, path, { size: NARROW, clock: NOON, stay: true });
    const wide = await page.evaluate(() => {
      if (document.documentElement.scrollWidth <= innerWidth) return [];
      return [...document.querySelectorAll('body *')]
        .filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5 || e.getBoundingClientRect().left < -0.5)
        .map((e) => `${e.tagName.toLowerCase()}.${e.className}`);
    });
    assert.deepEqual(wide, []);
  });
}
