// Badges’ pictures as browsers choose them, and what an earner copies onto other pages. Of the sample's two
// badges one is a drawing, which needs no choice, and the other, the members', is a picture of pixels.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HOME, PHONE, WIDE, eventually, open } from './harness.js';
import { variant } from './readers.js';
import { awards, issuer } from './sample.js';

let site, unfolding;
before(async () => {
  site = await open();
  unfolding = await variant((settings) => settings.replace(/^outputs:.*$/m, 'outputs: {share_card: true, oembed: true}'));
});
after(async () => { await site?.close(); await unfolding?.close(); });

const member = awards['active without an end'];
const { path } = member;
// The digest in a name is that of the picture and the program.
const PICTURE = /^\/_assets\/([a-z]+-\d+)\.[0-9a-f]{12}(\.[a-z]+)$/;
/** The sizes of badges' pictures that a page has loaded, by the names they have without their content. */
const pictures = (page) => page.seen.requests.map((r) => PICTURE.exec(new URL(r.url()).pathname)).filter(Boolean).map(([, name, end]) => name + end);

for (const [what, size, density, file] of [
  ['a phone of one dot', PHONE, 1, 'member-240.webp'],
  ['a phone of two dots', PHONE, 2, 'member-480.webp'],
  ['a phone of three dots', PHONE, 3, 'member-480.webp'],
  ['a wide screen of one dot', WIDE, 1, 'member-240.webp'],
  ['a wide screen of two dots', WIDE, 2, 'member-480.webp'],
  ['a wide screen of three dots', WIDE, 3, 'member-720.webp'],
]) {
  test(`${what} a pixel loads ${file} and no other`, async (t) => {
    for (const at of [path, '/badges/member/']) {
      const page = await site.visit(t, at, { size, density });
      await page.waitForLoadState('networkidle');
      assert.deepEqual(pictures(page), [file]);
      const img = page.locator('.picture picture img');
      const box = await img.boundingBox();
      assert.ok(await img.evaluate((e) => e.naturalWidth > 0));
      assert.ok(Number(file.match(/\d+/)[0]) >= box.width * density - 1, `${box.width} CSS pixels`);
    }
  });
}

test('lists load the small ones, as they come into view', async (t) => {
  const page = await site.visit(t, '/');
  await page.locator('.badges').scrollIntoViewIfNeeded();
  await eventually(() => pictures(page).length === 1);
  assert.deepEqual(pictures(page), ['member-240.webp']);
});

test('a browser without WebP gets a PNG', async (t) => {
  const page = await site.visit(t, path, { js: false });
  const src = await page.locator('.picture picture img').evaluate((e) => [e.getAttribute('src'), e.srcset]);
  const all = src[1].split(', ').map((one) => one.split(' '));
  assert.deepEqual(all.map(([at, width]) => [at.replace(PICTURE, '$1$2'), width]),
    [['member-240.png', '240w'], ['member-480.png', '480w'], ['member-720.png', '720w']]);
  assert.equal(src[0], all[1][0]);
});

for (const [what, at] of [['verification page', path], ['badge', '/badges/member/'], ['home', '/']]) {
  for (const size of [PHONE, WIDE]) {
    test(`nothing moves when the pictures come: ${what}, ${size.width} px`, async (t) => {
      const page = await site.visit(t, '/404.html', { size });
      // Slowly, so that everything else is there first.
      await page.route((url) => PICTURE.test(url.pathname), async (route) => { await new Promise((r) => { setTimeout(r, 300); }); await route.continue(); });
      await page.goto(site.address(at), { waitUntil: 'domcontentloaded' });
      await page.evaluate(async () => {
        // From when the script has shown what only it can serve.
        for (let n = 0; n < 2; n += 1) await new Promise((done) => { requestAnimationFrame(done); });
        window.moved = [];
        new PerformanceObserver((list) => { for (const e of list.getEntries()) window.moved.push(e.value); }).observe({ type: 'layout-shift' });
      });
      const box = () => page.locator(at === '/' ? '.badges img >> nth=1' : '.picture picture img').boundingBox();
      const early = await box();
      await page.waitForLoadState('networkidle');
      const late = await box();
      assert.deepEqual(late, early);
      const moved = await page.evaluate(() => window.moved);
      assert.ok(moved.reduce((sum, value) => sum + value, 0) < 0.01, JSON.stringify(moved));
    });
  }
}

test('paper gets the largest picture, and the screen does not pay for it', async (t) => {
  const page = await site.visit(t, path, { size: WIDE });
  await page.waitForLoadState('networkidle');
  assert.deepEqual(pictures(page), ['member-240.webp']);
  const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
  const widths = [...pdf.matchAll(/\/Width (\d+)/g)].map((found) => Number(found[1]));
  assert.ok(widths.includes(720), `pictures of ${widths} pixels`);
  assert.ok(pictures(page).includes('member-720.png'));
  await page.emulateMedia({ media: 'print' });
  const boxes = await page.locator('.picture img').evaluateAll((all) => all.map((e) => e.getBoundingClientRect().toJSON()));
  assert.equal(boxes.length, 2);
  assert.deepEqual(boxes[0], boxes[1], 'one lies on the other');
});

test('an earner copies a snippet that shows the badge and leads to its page', async (t) => {
  const page = await site.visit(t, path, { permissions: ['clipboard-read', 'clipboard-write'] });
  const html = `<a href="${HOME}verify/${member.id}/"><img src="${HOME}badges/member/badge-240.png" width="120" height="120" `
    + `alt="${member.name}, ${member.badge}, awarded by ${issuer}" style="border:0"></a>`;
  await page.getByText('Show it on your website').click();
  const preview = page.locator('.share details img');
  assert.ok(await eventually(() => preview.evaluate((e) => e.complete && e.naturalWidth === 240)));
  assert.equal((await preview.boundingBox()).width, 120);
  await page.getByRole('button', { name: 'Copy the HTML' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  const pasted = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(pasted, html);
  assert.equal(await page.getByRole('textbox', { name: 'HTML to paste' }).inputValue(), html);
  // On another page it is one link around one picture, and nothing else.
  const parsed = await page.evaluate((text) => {
    const doc = new DOMParser().parseFromString(text, 'text/html');
    return [...doc.body.querySelectorAll('*')].map((e) => e.localName);
  }, pasted);
  assert.deepEqual(parsed, ['a', 'img']);
});

test('without scripts the snippet is there to be selected', async (t) => {
  const page = await site.visit(t, path, { js: false });
  await page.getByText('Show it on your website').click();
  assert.equal(await page.getByRole('textbox', { name: 'HTML to paste' }).isVisible(), true);
  assert.equal(await page.getByText('Copy the HTML').isVisible(), false);
});

test('nothing offers an award that no longer counts', async (t) => {
  for (const what of ['expired', 'revoked', 'suspended', 'superseded', 'upcoming']) {
    const page = await site.visit(t, awards[what].path);
    assert.equal(await page.getByText('Show it on your website').count(), 0, what);
  }
  const later = await site.visit(t, awards.expiring.path, { clock: '2027-06-01T12:00:00Z' });
  assert.equal(await later.getByText('Show it on your website').isVisible(), false);
});

test('where a site asks for it, the address unfolds: the page names its oEmbed, and that its picture', async (t) => {
  const none = await site.visit(t, path, { js: false });
  assert.equal(await none.locator('link[type="application/json+oembed"]').count(), 0);
  const page = await unfolding.visit(t, path, { js: false });
  const href = await page.locator('link[type="application/json+oembed"]').getAttribute('href');
  assert.equal(href, `${HOME}verify/${member.id}/oembed.json`);
  const json = await (await page.request.get(unfolding.address(new URL(href).pathname))).json();
  assert.equal(json.version, '1.0');
  assert.equal(json.type, 'photo');
  for (const url of [json.url, json.thumbnail_url]) {
    assert.ok(url.startsWith(HOME));
    assert.equal((await page.request.get(unfolding.address(new URL(url).pathname))).status(), 200, url);
  }
});
