// Pages in other languages, as browsers show them: dates as the browser's own data writes them, a layout that is
// mirrored where the language is, what nobody has translated marked as such, and everything that a script says in
// the language of its page.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NARROW, PHONE, WIDE, eventually, open } from './harness.js';
import { axe, sideways, translated } from './readers.js';
import { awards, pages } from './sample.js';

const TRANSLATED = `---
title: Ablauf und Erneuerung
description: Was bei einer Ablaufmeldung zu tun ist.
order: 5
---

## Mein Badge läuft ab. Was jetzt? {#notice}

Zuerst [das richtige Badge finden](#expired).

## Mein Badge ist abgelaufen. {#expired when=expired}

Schreiben Sie uns.
`;

let site, english;
before(async () => {
  [site, english] = await Promise.all([translated('ar, de, es, ja', { 'content/faq/expiry.de.md': TRANSLATED }), open()]);
});
after(async () => {
  await site?.close();
  await english?.close();
});

const LANGUAGES = ['ar', 'de', 'es', 'ja'];
const timed = ['active', 'expiring', 'expired', 'upcoming'];

/** Whether a text has a day as this browser writes it in a language, with Western digits as on the whole page. */
const writes = (page, text, day, language) => page.evaluate(([written, iso, tag]) => {
  const options = { dateStyle: 'long', timeZone: 'UTC', numberingSystem: 'latn' };
  const date = new Intl.DateTimeFormat(tag, options).format(new Date(iso));
  return written.includes(date) ? '' : `“${date}” is not in “${written}”`;
}, [text, day, language]);

for (const language of LANGUAGES) {
  test(`dates are written as in ${language}, whoever writes them: page or script`, async (t) => {
    for (const what of timed) {
      const page = await site.visit(t, `/${language}${awards[what].path}`);
      for (const time of await page.locator('[data-status] time, .by time, .dates time').all()) {
        assert.equal(await writes(page, await time.innerText(), await time.getAttribute('datetime'), language), '');
      }
      const asOf = page.locator('.as-of');
      await asOf.waitFor({ state: 'visible' });
      assert.equal(await writes(page, await asOf.innerText(), '2026-11-20', language), '');
      assert.deepEqual(page.seen.errors, []);
    }
  });

  test(`the status at the reader’s clock is said in ${language}`, async (t) => {
    const then = await site.visit(t, `/${language}${awards.expired.path}`);
    const expired = await then.locator('[data-status] .meaning').innerText();
    const page = await site.visit(t, `/${language}${awards.expiring.path}`, { clock: '2027-06-01T12:00:00Z' });
    assert.equal(await page.locator('[data-status]').getAttribute('data-status'), 'expired');
    assert.equal(await page.locator('[data-status] .meaning').innerText(), expired);
    const sentence = await page.locator('[data-status] .sentence').innerText();
    assert.equal(await writes(page, sentence, '2027-03-01', language), '');
    await page.clock.runFor(100);
    assert.equal(await page.locator('[data-live]').textContent(), sentence);
  });

  // Arabic is looked at with all else that is (accessibility.test.js).
  if (language !== 'ar') test(`axe finds nothing, and nothing is wider than the screen: ${language}`, async (t) => {
    for (const path of ['/', '/verify/', '/faq/expiry/', '/people/', awards.expired.path, awards.active.path]) {
      const page = await site.visit(t, `/${language}${path}`, { size: NARROW });
      await page.waitForLoadState('networkidle');
      await page.locator('details').evaluateAll((all) => all.forEach((e) => { e.open = true; }));
      assert.deepEqual([...await axe(page), ...await sideways(page)], [], path);
    }
  });

  test(`no page has a word of English of its own: ${language}`, async (t) => {
    // The theme's words are what an English page says and its export does not.
    const words = await (await english.visit(t, awards.expired.path)).evaluate(() => [...document.querySelectorAll(
      'h2, h3, button, .button, .meaning, .hint, .links a, .more a, dt, summary, .foot a',
    )].filter((e) => !e.closest('[lang]:not(html), .fold, .prose')).map((e) => e.textContent.trim()).filter((text) => /[a-z] [a-z]/i.test(text)));
    assert.ok(words.length > 12, words.join());
    const page = await site.visit(t, `/${language}${awards.expired.path}`);
    const all = await page.locator('body').innerText();
    assert.deepEqual(words.filter((text) => !text.startsWith('Customer Experience') && all.includes(text)), []);
  });
}

test('from right to left the whole layout is mirrored', async (t) => {
  const middle = async (page, selector) => {
    const { x, width } = await page.locator(selector).first().boundingBox();
    return (x + width / 2) / WIDE.width;
  };
  for (const [path, parts] of [
    [awards.expiring.path, ['.brand img', '.menu', '.picture', '.who .status .symbol', '.proof .qr', '.earner', '.story > section h2']],
    ['/faq/expiry/', ['.side', '.crumbs li', '.pager [rel=next]']],
    ['/', ['.hero .picture', '.steps li', '.badges li img', '.foot .host']],
  ]) {
    const [there, here] = [await english.visit(t, path), await site.visit(t, `/ar${path}`)];
    for (const part of parts) {
      const [left, right] = [await middle(there, part), await middle(here, part)];
      assert.notEqual(Math.sign(left - 0.5), Math.sign(right - 0.5), `${part}: ${left}, ${right}`);
    }
  }
});

test('addresses, ids and what was written elsewhere keep their own direction', async (t) => {
  const page = await site.visit(t, `/ar${awards.expiring.path}`);
  const direction = (selector) => page.locator(selector).first().evaluate((e) => getComputedStyle(e).direction);
  assert.equal(await direction('html'), 'rtl');
  for (const selector of ['.qr .address', '.story .lead', '.story .prose', '.embed textarea, details textarea']) {
    assert.equal(await direction(selector), 'ltr', selector);
  }
  const home = await site.visit(t, '/ar/');
  // The slash at the end of the example is at its end, which is right of its beginning.
  const [slash, name] = await home.locator('#check-hint bdi').evaluate((e) => {
    const box = (from, to) => {
      const range = document.createRange();
      range.setStart(e.firstChild, from);
      range.setEnd(e.firstChild, to);
      return range.getBoundingClientRect().left;
    };
    const { length } = e.textContent;
    return [box(length - 1, length), box(0, 1)];
  });
  assert.ok(slash > name, `${slash} ${name}`);
});

test('what nobody has translated says so and is read as what it is; what somebody has does not', async (t) => {
  const note = (page) => page.locator('main .alert-note[role=note]');
  for (const [language, marked] of [['es', true], ['de', false]]) {
    const page = await site.visit(t, `/${language}/faq/expiry/`);
    assert.equal(await note(page).count(), marked ? 1 : 0);
    assert.equal(await page.locator('.question').first().getAttribute('lang'), marked ? 'en' : null);
  }
  const page = await site.visit(t, `/de${awards.expired.path}`);
  await page.getByText('Mein Badge ist abgelaufen.').click();
  assert.ok(await page.getByText('Schreiben Sie uns.').isVisible());
});

test('each page leads to itself in every other language, by the language’s own name', async (t) => {
  for (const path of ['/', '/faq/expiry/', awards.expiring.path, '/people/kate-osei/']) {
    const page = await site.visit(t, path, { size: PHONE });
    for (const [language, name] of [['ar', 'العربية'], ['de', 'Deutsch'], ['es', 'Español'], ['ja', '日本語']]) {
      const link = page.locator('footer').getByRole('link', { name, exact: true });
      assert.equal(await link.getAttribute('href'), `/${language}${path}`);
      assert.equal(await link.getAttribute('lang'), language);
      assert.equal(await link.getAttribute('hreflang'), language);
    }
    await page.locator('footer').getByRole('link', { name: 'Deutsch' }).click();
    await page.waitForURL(`**/de${path}`);
    await page.locator('footer').getByRole('link', { name: 'English' }).click();
    await page.waitForURL((url) => url.pathname === path);
  }
});

test('search finds the language’s own questions', async (t) => {
  const page = await site.visit(t, '/de/');
  await page.keyboard.press('/');
  const field = page.locator('dialog [type=search]');
  await field.fill('abgelaufen');
  const first = page.locator('dialog li a').first();
  await first.waitFor();
  assert.ok((await first.getAttribute('href')).startsWith('/de/faq/expiry/'));
  await page.keyboard.press('Enter');
  await page.waitForURL('**/de/faq/expiry/#expired');
  assert.deepEqual(page.seen.errors, []);
});

test('the field that checks a badge leads to the page in the reader’s language', async (t) => {
  const page = await site.visit(t, '/ar/verify/');
  await page.locator('#check').fill(awards.active.id);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/ar${awards.active.path}`);
  const other = await site.visit(t, '/ja/verify/');
  await other.locator('#check').fill('no-such-badge-1');
  await other.keyboard.press('Enter');
  assert.ok(await eventually(() => other.locator('[data-answer] .wrong').isVisible()));
  assert.doesNotMatch((await other.locator('[data-answer]').innerText()).replace(/badges\.cxpa\.example|no-such-badge-1|Customer Experience Professionals Association/g, ''), /[a-z]{3}/i);
});

test('every page of the sample is there in every language', async (t) => {
  const page = await site.visit(t, '/', { js: false });
  for (const path of Object.values(pages).filter((at) => at !== '/404.html' && !at.includes('s3kJd9aQ'))) {
    for (const language of LANGUAGES) {
      const response = await page.request.get(site.address(`/${language}${path}`));
      assert.equal(response.status(), 200, `/${language}${path}`);
      assert.match(await response.text(), new RegExp(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`));
    }
  }
});
