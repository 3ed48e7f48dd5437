// What machines can tell about accessibility, by axe-core: WCAG 2.2 A and AA and its best practices, on
// every kind of page, in light, dark and forced colours, on a phone and on a wide screen, at 400 % zoom and
// right to left. And what axe cannot tell: that nothing has to be scrolled sideways, that the keyboard reaches
// everything, in order, and that the reader sees where it is.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NARROW, PHONE, WIDE, ZOOMED, open } from './harness.js';
import { axe, sideways, translated } from './readers.js';
import { awards, pages } from './sample.js';

const READERS = {
  'light, wide': { size: WIDE, colorScheme: 'light', forcedColors: 'none' },
  'dark, wide': { size: WIDE, colorScheme: 'dark', forcedColors: 'none' },
  'forced colours': { size: WIDE, colorScheme: 'dark', forcedColors: 'active' },
  'light, phone': { size: PHONE, colorScheme: 'light', forcedColors: 'none' },
  'dark, phone': { size: PHONE, colorScheme: 'dark', forcedColors: 'none' },
  'light, 320 px': { size: NARROW, colorScheme: 'light', forcedColors: 'none' },
  'dark, 400 %': { size: ZOOMED, colorScheme: 'dark', forcedColors: 'none' },
};

let site, arabic;
before(async () => {
  site = await open();
  arabic = await translated('ar');
});
after(async () => {
  await site?.close();
  await arabic?.close();
});

for (const [what, path] of Object.entries(pages)) {
  // The old address and the page for missing ones are there once, in the site's first language.
  const mirrored = !['old address', 'page not found'].includes(what);
  test(`axe finds nothing, and nothing is wider than the screen: ${what}`, async (t) => {
    const visits = [site.visit(t, path, { stay: true }), ...(mirrored ? [arabic.visit(t, `/ar${path}`, { stay: true })] : [])];
    for (const page of await Promise.all(visits)) {
      await page.waitForLoadState('networkidle');
      // What is folded is read too.
      await page.locator('details').evaluateAll((all) => all.forEach((e) => { e.open = true; }));
      for (const [reader, { size, ...media }] of Object.entries(READERS)) {
        await page.setViewportSize(size);
        await page.emulateMedia(media);
        const found = [...await axe(page), ...await sideways(page)];
        assert.deepEqual(found, [], `${reader}: ${page.url()}`);
      }
    }
  });
}

test('at 400 % nothing covers what has the focus', async (t) => {
  for (const path of ['/', awards.expiring.path, '/faq/expiry/']) {
    // A window of 1280 by 900 dots whose pages are four times as large.
    const page = await site.visit(t, path, { size: ZOOMED, density: 4 });
    const stops = await page.evaluate(() => document.querySelectorAll('a[href], button, input, summary').length);
    for (let stop = 0; stop < Math.min(stops, 40); stop += 1) {
      await page.keyboard.press('Tab');
      const covered = await page.evaluate(() => {
        const e = document.activeElement;
        const box = e.getClientRects()[0];
        if (e === document.body || !box) return '';
        const top = document.elementFromPoint(box.left + Math.min(box.width, innerWidth - box.left) / 2, Math.min(box.top + box.height / 2, innerHeight - 1));
        return top && (e.contains(top) || top.contains(e)) ? '' : `${e.outerHTML.slice(0, 120)} is below ${top && top.outerHTML.slice(0, 120)}`;
      });
      assert.equal(covered, '', path);
    }
  }
});

test('the first Tab reaches the skip link, which can be seen and leads past the menu', async (t) => {
  for (const path of ['/', awards.active.path, '/faq/expiry/']) {
    const page = await site.visit(t, path);
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(() => {
      const e = document.activeElement;
      const box = e.getBoundingClientRect();
      const style = getComputedStyle(e);
      return { class: e.className, top: box.top, height: box.height, outline: `${style.outlineStyle} ${style.outlineWidth}` };
    });
    assert.equal(focus.class, 'skip');
    assert.ok(focus.top >= 0 && focus.height > 20, 'the skip link stays out of sight');
    assert.match(focus.outline, /^solid [2-9]/);
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.closest('main') !== null), true);
  }
});

for (const [what, path] of Object.entries({ 'verification page': awards.expiring.path, 'FAQ': '/faq/expiry/', 'check a badge': '/verify/' })) {
  test(`Tab reaches everything in the order of reading, and one sees where it is: ${what}`, async (t) => {
    const page = await site.visit(t, path, { size: PHONE });
    const expected = await page.evaluate(() => {
      const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
        .filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.tabIndex >= 0);
      window.all = all;
      return all.length;
    });
    const order = [];
    for (let i = 0; i < expected; i += 1) {
      await page.keyboard.press('Tab');
      order.push(await page.evaluate(() => {
        const e = document.activeElement;
        const style = getComputedStyle(e);
        const box = e.getBoundingClientRect();
        const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
          && box.bottom > 0 && box.top < innerHeight;
        return seen ? window.all.indexOf(e) : `not seen: ${e.outerHTML.slice(0, 100)}`;
      }));
    }
    assert.deepEqual(order, [...Array(expected).keys()]);
  });
}

test('a screen reader hears the name and the status before anything else of the page’s content', async (t) => {
  const page = await site.visit(t, awards.revoked.path, { size: PHONE });
  const words = await page.locator('article.sheet').ariaSnapshot();
  const [name, sentence, criteria] = [awards.revoked.name, 'Withdrawn by', 'What this badge stands for']
    .map((text) => words.indexOf(text));
  assert.ok(name >= 0 && sentence > name, words);
  assert.equal(criteria, -1);
});
