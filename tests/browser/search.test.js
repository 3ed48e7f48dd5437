// Search: found while typing, with slips and without accents, by keyboard alone, in any script; and loaded
// only when it is used.

import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { HOME, NARROW, PHONE, WIDE, ZOOMED, eventually, open } from './harness.js';
import { asset, axe, sideways } from './readers.js';
import { awards, pages } from './sample.js';

const BASE = `${HOME}badges/site/`;
let site, below;
before(async () => { [site, below] = [await open(), await open({ base: BASE })]; });
after(async () => { await site?.close(); await below?.close(); });

const field = (page) => page.getByRole('dialog', { name: 'Search' }).getByRole('searchbox');
const results = (page) => page.locator('dialog li a');
const focused = (page) => page.evaluate(() => document.activeElement.textContent || document.activeElement.type);

/** Opens the search with the key, and types. */
async function search(page, query) {
  if (!await field(page).isVisible()) await page.keyboard.press('/');
  await field(page).waitFor();
  await field(page).fill(query);
}

test('nothing of the search is loaded before it is used, and little then', async (t) => {
  const page = await site.visit(t, '/faq/expiry/');
  await page.waitForLoadState('networkidle');
  const asked = () => page.seen.requests.map((request) => new URL(request.url()).pathname);
  assert.deepEqual(asked().filter((path) => /search|find/.test(path)), []);
  await search(page, 'renew');
  await results(page).first().waitFor();
  const used = asked().filter((path) => /search|find/.test(path)).sort();
  assert.deepEqual(used.map((path) => path.replace(/\.[0-9a-f]{12}\./, '.')),
    ['/_assets/find.js', '/_assets/search.css', '/_assets/search.js', '/search.json']);
  assert.ok((await stat(join(site.output, 'search.json'))).size < 40_000);
  assert.deepEqual(page.seen.errors, []);
  assert.deepEqual(page.seen.outside, []);
});

test('the scripts that a page loads by itself stay under 10 kB, all of its styles under 15 kB', async (t) => {
  for (const path of Object.values(pages)) {
    const page = await site.visit(t, path);
    await page.waitForLoadState('networkidle');
    for (const [end, most] of [['.js', 10_000], ['.css', 15_000]]) {
      const files = page.seen.requests.map((request) => new URL(request.url()).pathname).filter((file) => file.endsWith(end));
      const sizes = await Promise.all([...new Set(files)].map(async (file) => (await stat(join(site.output, file))).size));
      assert.ok(sizes.reduce((sum, size) => sum + size, 0) < most, `${path}: ${files} ${sizes}`);
    }
  }
});

test('the key opens the search, and typing finds at once and leads to the question itself', async (t) => {
  const page = await site.visit(t, '/');
  await page.keyboard.press('/');
  await field(page).waitFor();
  assert.equal(await focused(page), 'search');
  await page.keyboard.type('renew my memb');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/faq/expiry/#renew-membership');
  assert.ok(await page.locator('#renew-membership').isVisible());
});

test('a question on this very page is led to as well', async (t) => {
  const page = await site.visit(t, '/faq/expiry/');
  await search(page, 'becomes of my verification page');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/faq/expiry/#after-expiry');
  assert.equal(await page.locator('dialog').isVisible(), false);
  const top = () => page.locator('#after-expiry').evaluate((e) => e.getBoundingClientRect().top);
  assert.ok(await eventually(async () => { const y = await top(); return y >= 0 && y < 400; }));
});

test('every kind of text is found: questions, sections of guides, pages, badges', async (t) => {
  const page = await site.visit(t, '/');
  for (const [query, to] of [
    ['locked', '/faq/managing/#locked'], ['linkedin feed', '/guides/sharing/#feed'], ['never publishes', '/privacy/#never'],
    ['ccxp certified', '/badges/ccxp/'], ['check a badge', '/verify/'],
  ]) {
    await search(page, query);
    assert.ok(await eventually(() => page.locator(`dialog li a[href="${to}"]`).count()), `${query} does not find ${to}`);
  }
});

test('no award and no person is found', async (t) => {
  const page = await site.visit(t, '/');
  for (const query of ['Morgenthau', awards.active.id]) {
    await search(page, query);
    await page.getByText('Nothing found').waitFor();
  }
  const index = await readFile(join(site.output, 'search.json'), 'utf8');
  for (const { id, name } of Object.values(awards)) {
    assert.ok(!index.includes(name), name);
    assert.ok(!index.includes(id), id);
  }
});

test('slips are forgiven: a letter wrong, missing, too many, swapped, or the first one', async (t) => {
  const page = await site.visit(t, '/');
  for (const query of ['pessword', 'pasword', 'passsword', 'passwrod', 'oassword', 'PASSWORD', 'pässwörd']) {
    await search(page, query);
    assert.ok(await eventually(async () => /password/.test(await results(page).first().innerText())), query);
  }
  // Two in a long word, none in a short one.
  await search(page, 'certifcatoin');
  assert.ok(await eventually(() => page.locator('dialog mark', { hasText: /certification/i }).count()));
  await search(page, 'ccx');
  assert.ok(await eventually(() => page.locator('dialog mark', { hasText: 'CCX' }).count()));
  await search(page, 'cxc');
  await page.getByText('Nothing found').waitFor();
});

test('what fits without slips comes first, and a wrong first letter last', async (t) => {
  const page = await site.visit(t, '/');
  const script = await asset(site, 'search.js');
  const order = (entries, query) => page.evaluate(async ([from, all, q]) => {
    const { searcher: make } = await import(from);
    return make(all.map((title) => ({ title, in: '', text: '' })))(q).found.map((e) => e.title);
  }, [script, entries, query]);
  assert.deepEqual(await order(['Renewal', 'Renew', 'Other'], 'renew'), ['Renew', 'Renewal']);
  assert.deepEqual(await order(['Gadges', 'Bodges', 'Other'], 'badges'), ['Bodges', 'Gadges']);
  assert.deepEqual(await order(['Only words', 'Both words here', 'Here'], 'words here'), ['Both words here']);
});

test('any script is searched: accents left out, no spaces between words, right to left', async (t) => {
  const page = await site.visit(t, '/');
  const texts = ['Zażółć gęślą jaźń', 'Straße nach Łódź', 'バッジの更新方法', 'كيف أجدد شارتي؟ الرَّحْمٰن', 'วิธีต่ออายุตรา', '배지를 갱신하려면', 'Τι σημαίνει ανανέωση', 'Обновление ещё', 'İstanbul Iğdır'];
  const scripts = [await asset(site, 'search.js'), await asset(site, 'find.js')];
  const found = (query) => page.evaluate(async ([[searchAt, findAt], all, q]) => {
    const { searcher } = await import(searchAt);
    const { highlight } = await import(findAt);
    const { found: entries, marks } = searcher(all.map((title) => ({ title, in: '', text: '' })))(q);
    return entries.map(({ title }) => [title, [...highlight(title, marks, true).querySelectorAll('mark')].map((e) => e.textContent)]);
  }, [scripts, texts, query]);
  for (const [query, index, marked] of [
    ['zazolc', 0, ['Zażółć']], ['strasse', 1, ['Straße']], ['lodz', 1, ['Łódź']], ['更新', 2, ['更新']], ['バッジ更新', 2, ['バッジ', '更新']],
    ['اجدد', 3, ['أجدد']], ['الرحمن', 3, ['الرَّحْمٰن']], ['ต่ออายุ', 4, ['ต่ออายุ']], ['갱신', 5, ['갱신']], ['ΑΝΑΝΕΩΣΗ', 6, ['ανανέωση']],
    ['еще', 7, ['ещё']], ['istanbul', 8, ['İstanbul']], ['igdir', 8, ['Iğdır']],
  ]) assert.deepEqual(await found(query), [[texts[index], marked]], query);
});

test('what was found is marked, with the words around it', async (t) => {
  const page = await site.visit(t, '/');
  await search(page, 'failed attempts');
  await results(page).first().waitFor();
  const first = page.locator('dialog li').first();
  assert.deepEqual(await first.locator('mark').allInnerTexts(), ['failed', 'attempts']);
  assert.match(await first.locator('p').innerText(), /locks itself after 10 failed attempts to log in/);
  assert.equal(await first.locator('small').innerText(), 'Managing your badge');
});

test('what is marked can be read where the reader chose the colours', async (t) => {
  const page = await site.visit(t, '/', { contrast: 'active', scheme: 'dark' });
  await search(page, 'locked');
  for (const mark of await page.locator('dialog mark').all()) {
    const [ink, paper] = await mark.evaluate((e) => { const s = getComputedStyle(e); return [s.color, s.backgroundColor]; });
    assert.notEqual(ink, paper);
    assert.doesNotMatch(paper, /^rgba\(.*, 0\)$/);
  }
});

test('the number of results is announced when typing stops, and what to try when there are none', async (t) => {
  const page = await site.visit(t, '/');
  await search(page, 'linkedin');
  const status = page.locator('dialog [role=status]');
  assert.ok(await eventually(async () => /^Results: [1-9]\d*$/.test(await status.innerText())));
  await field(page).fill('<b>qqqq$&</b>');
  assert.ok(await eventually(async () => (await status.innerText()).startsWith('Nothing found for “<b>qqqq$&</b>”. Try')));
  assert.deepEqual(await results(page).evaluateAll((all) => all.map((e) => e.getAttribute('href'))), ['/faq/', '/verify/?id=%3Cb%3Eqqqq%24%26%3C%2Fb%3E']);
  await field(page).fill('');
  assert.ok(await eventually(async () => await status.textContent() === '' && !await results(page).count()));
});

test('a badge’s ID that is typed here can be looked up where badges are', async (t) => {
  const page = await site.visit(t, '/');
  await search(page, awards.expiring.id);
  await page.getByRole('link', { name: 'Look up a badge' }).click();
  await page.waitForURL('**/verify/?id=*');
  assert.equal(await page.getByRole('textbox').inputValue(), awards.expiring.id);
  await page.getByRole('button', { name: 'Check it' }).click();
  await page.waitForURL(`**${awards.expiring.path}`);
});

test('arrows walk through field and results, typing goes on in the field, Escape closes and gives the focus back', async (t) => {
  const page = await site.visit(t, '/faq/');
  const opener = page.getByRole('button', { name: 'Search' });
  await opener.focus();
  await page.keyboard.press('Enter');
  await field(page).waitFor();
  await page.keyboard.type('linkedin');
  await results(page).first().waitFor();
  const titles = await results(page).allInnerTexts();
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(page), titles[0]);
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(page), titles[1]);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  assert.equal(await focused(page), 'search');
  await page.keyboard.press('ArrowUp');
  assert.equal(await focused(page), titles[titles.length - 1]);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.type('x');
  assert.equal(await field(page).inputValue(), 'linkedinx');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('dialog').isVisible(), false);
  assert.ok(await opener.evaluate((e) => e === document.activeElement));
});

test('Tab stays in the window, and one sees where it is', async (t) => {
  const page = await site.visit(t, '/');
  await search(page, 'linkedin feed');
  await results(page).first().waitFor();
  for (let i = 0; i < 12; i += 1) {
    await page.keyboard.press('Tab');
    const where = await page.evaluate(() => {
      const e = document.activeElement;
      const style = getComputedStyle(e, e.matches('li a') ? '::after' : null);
      return { inside: e === document.body || Boolean(e.closest('dialog')), seen: e === document.body || style.outlineStyle !== 'none' };
    });
    assert.deepEqual(where, { inside: true, seen: true });
  }
});

test('the key is left alone in fields and with other keys, and can be switched off for good', async (t) => {
  const page = await site.visit(t, '/verify/');
  await page.getByRole('textbox').focus();
  await page.keyboard.type('a/b');
  assert.equal(await page.getByRole('textbox').inputValue(), 'a/b');
  await page.locator('h1').click();
  await page.keyboard.press('Control+/');
  assert.equal(await page.locator('dialog').count(), 0);
  await page.keyboard.press('/');
  await page.getByLabel('The / key opens search').uncheck();
  await page.keyboard.press('Escape');
  await page.goto(site.address('/faq/'));
  await page.keyboard.press('/');
  await page.waitForTimeout(300);
  assert.equal(await page.locator('dialog').count(), 0);
  await page.getByRole('button', { name: 'Search' }).click();
  assert.equal(await page.getByLabel('The / key opens search').isChecked(), false);
});

test('a touch beside the window, or on its button, closes it', async (t) => {
  const page = await site.visit(t, '/', { size: PHONE });
  for (const close of [() => page.mouse.click(5, 5), () => page.getByRole('button', { name: 'Close' }).click()]) {
    await page.getByRole('button', { name: 'Search' }).click();
    await field(page).waitFor();
    await close();
    assert.equal(await page.locator('dialog').isVisible(), false);
  }
});

test('it works below a base path', async (t) => {
  const page = await below.visit(t, '/faq/');
  await search(page, 'locked');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/badges/site/faq/managing/#locked');
});

test('where it cannot be loaded it says so, and can be tried again', async (t) => {
  const page = await site.visit(t, '/');
  await page.route('**/search.json', (route) => route.abort());
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('button', { name: 'Search does not work at present' }).waitFor();
  assert.ok(await eventually(async () => /does not work/.test(await page.locator('[data-live]').textContent())));
  await page.unroute('**/search.json');
  await page.keyboard.press('/');
  await field(page).waitFor();
});

test('without scripts there is no search button', async (t) => {
  for (const size of [WIDE, NARROW]) {
    const page = await site.visit(t, '/', { js: false, size });
    assert.equal(await page.locator('.search').isVisible(), false);
  }
});

test('axe finds nothing in the window, with and without results', async (t) => {
  const page = await site.visit(t, '/faq/expiry/');
  for (const query of ['', 'linkedin', 'qqqqqq']) {
    await search(page, query);
    await page.waitForTimeout(300);
    for (const [size, media] of [[WIDE, { colorScheme: 'light' }], [PHONE, { colorScheme: 'dark' }], [NARROW, { colorScheme: 'light' }],
      [ZOOMED, { colorScheme: 'dark' }], [WIDE, { colorScheme: 'dark', forcedColors: 'active' }]]) {
      await page.setViewportSize(size);
      await page.emulateMedia({ forcedColors: 'none', ...media });
      assert.deepEqual([...await axe(page), ...await sideways(page)], [], `“${query}”, ${size.width} px`);
    }
  }
});

// --- The address of a question ---

test('a question’s address is copied, by keyboard too, and that is said', async (t) => {
  const page = await site.visit(t, '/faq/expiry/', { permissions: ['clipboard-read', 'clipboard-write'] });
  const question = page.locator('section', { has: page.locator('#recertify') });
  const title = (await question.locator('h2').evaluate((e) => e.firstChild.textContent)).trim();
  const button = question.getByRole('button', { name: `Copy link to “${title}”` });
  await question.getByRole('link', { name: `Link to “${title}”`, exact: true }).focus();
  await page.keyboard.press('Tab');
  assert.ok(await button.evaluate((e) => e === document.activeElement));
  await page.keyboard.press('Enter');
  await question.getByText('Copied').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${HOME}faq/expiry/#recertify`);
  assert.equal(await eventually(() => page.locator('[data-live]').textContent()), 'Copied');
  assert.ok(await button.evaluate((e) => e === document.activeElement));
  await page.clock.runFor(2500);
  assert.equal(await button.innerText(), 'Copy link');
});

test('a question is named by its words alone, and its button is there only with scripts', async (t) => {
  const page = await site.visit(t, '/faq/expiry/', { js: false });
  assert.equal(await page.locator('h2 button').count(), 0);
  for (const e of await page.locator('.copy').all()) assert.equal(await e.isVisible(), false);
});
