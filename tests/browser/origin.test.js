// A verification page is evidence: it loads nothing from anyone else, runs nothing that is not a file of
// the site, and its Content-Security-Policy says so. Also: every file it asks for is there, below a base
// path as well, and it stays light.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HOME, PHONE, open } from './harness.js';
import { alias, awards, pages } from './sample.js';

let site;
let below;
before(async () => {
  site = await open();
  below = await open({ base: `${HOME}badges/site/` });
});
after(async () => { await site?.close(); await below?.close(); });

/** What the browser complained about and whom it asked, once the page has come to rest. */
async function settled(page) {
  await page.waitForLoadState('networkidle');
  return page.seen;
}

/** Scripts, styles and handlers that stand in the page itself. */
const inline = () => {
  const found = [...document.querySelectorAll('style, script:not([src]):not([type="application/ld+json"])')];
  for (const e of document.querySelectorAll('body, body *')) {
    if (e.getAttributeNames().some((name) => name === 'style' || name.startsWith('on'))) found.push(e);
    if (/^\s*javascript:/i.test(e.getAttribute('href') || '')) found.push(e);
  }
  return found.map((e) => e.outerHTML.slice(0, 120));
};

for (const [what, path] of Object.entries(pages)) {
  test(`nothing is asked of anyone else, nothing runs inline, and the browser does not complain: ${what}`, async (t) => {
    const page = await site.visit(t, path);
    const { errors, outside } = await settled(page);
    assert.deepEqual(errors, []);
    assert.deepEqual(outside, []);
    assert.deepEqual(await page.evaluate(inline), []);
    const policy = await page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:/);
  });
}

for (const [what, path] of Object.entries(pages).filter(([name]) => !name.endsWith('award') || name === 'expiring award')) {
  test(`every file and every link stays below a base path: ${what}`, async (t) => {
    const page = await below.visit(t, path);
    const { errors, requests } = await settled(page);
    assert.deepEqual(errors, []);
    const asked = requests.map((r) => new URL(r.url()).pathname);
    const links = await page.locator('a[href^="/"], img[src^="/"]')
      .evaluateAll((all) => all.map((e) => e.getAttribute('href') || e.getAttribute('src')));
    assert.deepEqual([...asked, ...links].filter((to) => !to.startsWith('/badges/site/')), []);
  });
}

test('an address that leads nowhere gets the site’s own page, which says what that may mean', async (t) => {
  const page = await site.visit(t, '/verify/no-such-badge/');
  assert.match(await page.locator('main').innerText(), /do not rely on it/i);
  assert.equal(await page.locator('link[rel=stylesheet]').evaluate((e) => e.sheet !== null), true);
});

test('a verification page with all it loads stays under 60 kB, the badge’s picture aside', async (t) => {
  for (const { path } of Object.values(awards)) {
    const page = await site.visit(t, path, { size: PHONE });
    const { requests } = await settled(page);
    const picture = await page.locator('.picture img').first().evaluate((e) => new URL(e.currentSrc).pathname);
    let bytes = 0;
    const sizes = {};
    for (const { pathname } of requests.map((request) => new URL(request.url()))) {
      if (pathname === picture) continue;
      sizes[pathname] = (await readFile(join(site.output, pathname, pathname.endsWith('/') ? 'index.html' : ''))).length;
      bytes += sizes[pathname];
    }
    assert.ok(bytes > 20_000 && bytes < 60_000, `${path}: ${bytes} bytes: ${JSON.stringify(sizes)}`);
  }
});

test('a verification page does not jump while it loads', async (t) => {
  const page = await site.visit(t, awards.active.path, { size: PHONE });
  await page.locator('[data-as-of]').waitFor({ state: 'visible' });
  const shift = await page.evaluate(() => new Promise((done) => {
    let sum = 0;
    new PerformanceObserver((list) => { for (const e of list.getEntries()) sum += e.value; })
      .observe({ type: 'layout-shift', buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
  }));
  assert.ok(shift < 0.01, `cumulative layout shift ${shift}`);
});
