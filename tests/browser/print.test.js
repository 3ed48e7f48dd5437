// On paper a verification page is a certificate: one sheet, the QR code and the address on it, nothing of
// the site around it. And paper that says an award ended, or was taken back, says so across the sheet.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open } from './harness.js';
import { awards, host } from './sample.js';

let site;
before(async () => { site = await open(); });
after(() => site?.close());

/** Sheets in a PDF: page objects, not the tree above them. */
const sheets = (pdf) => (pdf.toString('latin1').match(/\/Type\s*\/Page(?![A-Za-z])/g) || []).length;

/** The printable part of a sheet, in CSS pixels, with the margins that the style asks for. */
const PAPER = { A4: { width: 703, height: 1032 }, Letter: { width: 725, height: 965 } };

for (const [what, award] of Object.entries(awards)) {
  test(`the page of the ${what} award prints on one sheet: who, what, where to check it, and no menus`, async (t) => {
    const page = await site.visit(t, award.path);
    await page.waitForLoadState('networkidle');
    for (const [format, size] of Object.entries(PAPER)) {
      await page.emulateMedia({ media: null });
      assert.equal(sheets(await page.pdf({ format })), 1, format);
      await page.emulateMedia({ media: 'print' });
      await page.setViewportSize(size);
      for (const selector of ['h1', '.sheet .title', '[data-status] .sentence', '.masthead', '.qr svg', '.qr .address', '.only .host']) {
        const box = await page.locator(selector).boundingBox();
        assert.ok(box && box.height > 0 && box.y >= 0 && box.y + box.height <= size.height && box.x + box.width <= size.width + 1,
          `${selector} is not on the sheet of ${format}: ${JSON.stringify(box)}`);
      }
      // A phone reads it from paper: 2 cm or more.
      assert.ok((await page.locator('.qr svg').boundingBox()).width >= 75.6);
    }
    for (const e of await page.locator('header.top, .crumbs, footer, .earner, .button, .links').all()) {
      assert.equal(await e.isVisible(), false, await e.evaluate((x) => x.outerHTML.slice(0, 80)));
    }
    assert.equal((await page.locator('.qr .address').innerText()).trim(), `https://${host}${award.path}`);
    const mark = page.locator('[data-status] .mark');
    assert.equal(await mark.isVisible(), !['active', 'expiring'].includes(award.status), 'the mark across the sheet');
  });
}

test('the mark says in one word what happened', async (t) => {
  for (const [what, word] of [['expired', 'Expired'], ['revoked', 'Withdrawn'], ['suspended', 'Suspended'], ['superseded', 'Replaced'], ['upcoming', 'Not yet valid']]) {
    const page = await site.visit(t, awards[what].path);
    await page.emulateMedia({ media: 'print' });
    assert.equal((await page.locator('[data-status] .mark').textContent()).trim(), word);
  }
});

test('an award that ended after its page was made prints with the mark', async (t) => {
  const page = await site.visit(t, awards.expiring.path, { clock: '2027-06-01T12:00:00Z' });
  assert.equal(sheets(await page.pdf({ format: 'A4' })), 1);
  await page.emulateMedia({ media: 'print' });
  assert.equal((await page.locator('[data-status] .mark').innerText()).trim().toLowerCase(), 'expired');
});

test('paper is white, also for a reader who prefers the dark', async (t) => {
  const page = await site.visit(t, awards.active.path, { scheme: 'dark' });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  assert.equal(await page.locator('.sheet').evaluate((e) => getComputedStyle(e).backgroundColor), 'rgb(255, 255, 255)');
  const ink = await page.locator('h1').evaluate((e) => getComputedStyle(e).color);
  assert.ok(ink.match(/\d+/g).every((part) => Number(part) < 80), ink);
});
