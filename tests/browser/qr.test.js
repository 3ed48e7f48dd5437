// The QR code of a verification page: part of the page, so that nothing has to be loaded for it. A phone reads it from
// any screen and from paper, and whoever wants it as a file saves one.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { HOME, NARROW, PHONE, WIDE, open } from './harness.js';
import { scan, translated } from './readers.js';
import { awards } from './sample.js';

let site, arabic;
before(async () => { [site, arabic] = await Promise.all([open(), translated('ar')]); });
after(async () => { await site?.close(); await arabic?.close(); });

const CODE = '.qr svg';
/** 2 cm, in CSS pixels. */
const LARGE_ENOUGH = 75.6;
/** A sheet of A4 without its margins. */
const SHEET = { width: 703, height: 1032 };
const addressOf = (award) => new URL(award.path, HOME).href;
const button = (page) => page.getByRole('button', { name: 'Save the QR code' });

const SCREENS = {
  'a wide screen': { size: WIDE },
  'a wide screen of two dots a pixel, dark': { size: WIDE, density: 2, scheme: 'dark' },
  'forced colours': { size: WIDE, scheme: 'dark', contrast: 'active' },
  'a phone': { size: PHONE, density: 3 },
  'a phone of one dot a pixel, dark': { size: PHONE, scheme: 'dark' },
  'a screen of 320 px, no scripts': { size: NARROW, density: 2, js: false },
};

for (const [screen, options] of Object.entries(SCREENS)) {
  test(`a phone reads the code from ${screen}, where it is 2 cm or larger`, async (t) => {
    for (const award of [awards.active, awards['right-to-left'], awards['long-named'], awards.revoked]) {
      const page = await site.visit(t, award.path, options);
      const { width, height } = await page.locator(CODE).boundingBox();
      assert.equal(width, height);
      assert.ok(width >= LARGE_ENOUGH, `${width} px`);
      // With all that stands around it.
      assert.deepEqual(await scan(await page.locator('.proof').screenshot()), [addressOf(award)]);
    }
  });
}

test('a phone reads the code from paper', async (t) => {
  for (const [where, award] of [[site, awards.active], [site, awards['long-named']], [site, awards.expired], [arabic, awards.active]]) {
    const page = await where.visit(t, where === arabic ? `/ar${award.path}` : award.path, { size: SHEET, scheme: 'dark', density: 2 });
    await page.emulateMedia({ media: 'print' });
    const { width } = await page.locator(CODE).boundingBox();
    assert.ok(width >= LARGE_ENOUGH * 1.5, `${width} px`);
    assert.deepEqual(await scan(await page.screenshot()), [addressOf(award)]);
    assert.equal(await page.locator('.qr button').isVisible(), false);
  }
});

test('the code says in words what it is, and where it leads', async (t) => {
  const page = await site.visit(t, awards.active.path, { js: false });
  const image = page.getByRole('img', { name: 'QR code' });
  assert.match(await image.getAttribute('aria-label'), new RegExp(awards.active.id));
  assert.deepEqual(page.seen.requests.filter((request) => /qr/.test(request.url())), []);
});

for (const scheme of ['light', 'dark']) {
  test(`the code is saved as a picture that is named after the award: ${scheme}`, async (t) => {
    for (const award of [awards.active, awards['long-named']]) {
      const page = await site.visit(t, award.path, { size: PHONE, scheme });
      const [download] = await Promise.all([page.waitForEvent('download'), button(page).click()]);
      assert.equal(download.suggestedFilename(), `${award.id}.png`);
      const png = await readFile(await download.path());
      assert.equal(png.subarray(1, 4).toString(), 'PNG');
      // Eight pixels for each module, as in the file that a site may ask for.
      const side = await page.locator(CODE).evaluate((e) => e.viewBox.baseVal.width * 8);
      assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [side, side]);
      assert.deepEqual(await scan(png), [addressOf(award)]);
      assert.deepEqual([page.seen.errors, page.seen.outside], [[], []]);
    }
  });
}

test('whoever uses the keyboard saves it as well, and whoever reads in Arabic', async (t) => {
  const page = await arabic.visit(t, `/ar${awards.active.path}`);
  await page.locator('.qr button').focus();
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  assert.deepEqual(await scan(await readFile(await download.path())), [addressOf(awards.active)]);
});

test('without scripts nothing offers to save it', async (t) => {
  const page = await site.visit(t, awards.active.path, { js: false });
  assert.equal(await page.locator('.qr button').isVisible(), false);
  assert.equal(await button(page).count(), 0);
});
