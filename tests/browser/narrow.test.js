// What nothing breaks: a word of 39 letters in every place where an issuer, an export or an editor may write one. On
// a screen of 320 px, which is also a wide one at 400 %, nobody has to scroll sideways for it.

import assert from 'node:assert/strict';
import { cp, mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { NARROW, PHONE, WIDE, open, repository } from './harness.js';
import { sideways } from './readers.js';

// The longest that German has in earnest.
const WORD = 'Rechtsschutzversicherungsgesellschaften';
const small = WORD.toLowerCase();
const HOST = `https://${small}.${small}.example/${small}/`;

const settings = `title: ${WORD}
description: ${WORD} ${WORD}.
base_url: ${HOST}
language: en
languages: [en, de, ar]
timezone: America/Argentina/ComodRivadavia
stale_after: 14 days
issuer: {name: ${WORD}, url: 'https://www.example.org/', email: ${small}@${small}.example, image: badges/ccxp.svg, description: ${WORD}}
menu:
  - {label: ${WORD}, to: faq/}
  - {label: ${WORD}, to: guides/}
indexing: true
outputs: {share_card: false, people: true, certificate_pdf: true}
`;
const badges = `badges:
  - id: ccxp
    name: ${WORD}
    abbreviation: ${WORD}
    kind: ${WORD}
    description: ${WORD}.
    criteria: |
      ${WORD} \`${WORD}\` and [${WORD}](https://www.example.org/${WORD}/${WORD}/).

      | ${WORD} | ${WORD} |
      | --- | --- |
      | ${WORD} | ${WORD} |
    validity: ${WORD}
    skills: [${WORD}]
    image: ccxp.svg
    renewal: {url: 'https://www.example.org/', question: ${small}}
`;
const award = (id, more) => `
  - id: e-${id}
    name: ${WORD} ${WORD}
    company: ${WORD}
    job_title: ${WORD}
    visibility: public
    handle: ${small}-${id}
    awards:
      - {id: ${small}-${id}, badge: ccxp, issued: 2024-03-01${more}, evidence: [{name: ${WORD}, url: 'https://www.example.org/${WORD}', narrative: '${WORD} https://www.example.org/${WORD}/${WORD}'}, {url: 'https://www.example.org/${WORD}${WORD}'}]}`;
const earners = `exported_at: 2026-11-30T12:00:00Z
earners:${award('active', '')}${award('expiring', ', expires: 2026-12-24, aliases: [old-code-1]')}${award('expired', ', expires: 2025-12-24, renewed: [2025-01-01]')}${award('revoked', `, status: revoked, reason: ${WORD}`)}`;
const faq = `---
title: ${WORD}
description: ${WORD}.
updated: 2026-11-01
---
${WORD}

## ${WORD}? {#${small} when=expired,expiring}

${WORD} \`${WORD}\`

> [!NOTE]
> ${WORD}

1. ${WORD}
   - [ ] ${WORD}

## ${WORD} two?

Text.
`;
const guide = (title) => `---
title: ${title}
download: ${WORD}.pdf
---
## ${WORD} one

| ${WORD} | ${WORD} |
| --- | --- |
| ${WORD} | ${WORD} |

    ${WORD} ${WORD}

## ${WORD} two

### ${WORD}

<details><summary>${WORD}</summary>${WORD}</details>

## ${WORD} three

${WORD}[^1]

[^1]: ${WORD}
`;

let site;
before(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bonafide-narrow-'));
  const put = async (path, text) => {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  try {
    await put('site.yaml', settings);
    await put('content/badges/badges.yaml', badges);
    await cp(join(repository, 'themes/default/static/rosette.svg'), join(folder, 'content/badges/ccxp.svg'));
    await put('content/earners/all.yaml', earners);
    await put('content/index.md', `---\ntitle: ${WORD}\n---\n${WORD}\n`);
    await put(`content/faq/${small}.md`, faq);
    await put(`content/faq/second.md`, faq.replace(`${WORD} two?`, `${WORD} three?`).replace(`{#${small} `, '{#second '));
    for (const name of ['a', 'b', 'c']) {
      await put(`content/guides/${small}/${name}.md`, guide(`${WORD} ${name}`));
    }
    await put(`content/guides/${small}/index.md`, `---\ntitle: ${WORD}\n---\n${WORD}\n`);
    await put(`content/guides/${small}/${WORD}.pdf`, await readFile(join(repository, 'site.yaml')));
    site = await open({ site: folder, base: HOST });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
after(() => site?.close());

const award_path = (id) => `verify/${small}-${id}/`;
const paths = ['', 'verify/', 'faq/', `faq/${small}/`, 'guides/', `guides/${small}/`, `guides/${small}/b/`, 'badges/ccxp/', 'people/',
  'people/badge/ccxp/', `people/${small}-active/`, ...['active', 'expiring', 'expired', 'revoked'].map(award_path),
  'verify/old-code-1/', '404.html'];

for (const path of paths) {
  test(`a word of 39 letters makes nothing wider than the screen: /${path}`, async (t) => {
    const once = ['verify/old-code-1/', '404.html'].includes(path);
    for (const language of once ? [''] : ['', 'de/', 'ar/']) {
      const page = await site.visit(t, language + path, { stay: true });
      await page.waitForLoadState('networkidle');
      await page.locator('details').evaluateAll((all) => all.forEach((e) => { e.open = true; }));
      for (const size of [NARROW, PHONE, WIDE]) {
        await page.setViewportSize(size);
        assert.deepEqual(await sideways(page), [], `${size.width} px: ${page.url()}`);
        // What is cut off cannot be scrolled to, either.
        const cut = await page.evaluate(() => [...document.querySelectorAll('main *, header *, footer *')].filter((e) => {
          if (e.childElementCount || !e.textContent.trim() || !e.checkVisibility({ visibilityProperty: true })) return false;
          const box = e.getBoundingClientRect();
          const scrolls = e.closest('pre, table, textarea, .unseen, .skip, [class=mark]');
          return !scrolls && box.width > 1 && (box.right > innerWidth + 1 || box.left < -1);
        }).map((e) => e.outerHTML.slice(0, 160)));
        assert.deepEqual(cut, [], `${size.width} px: ${page.url()}`);
      }
    }
  });
}

test('what is found by searching is no wider than its window', async (t) => {
  const page = await site.visit(t, '', { size: NARROW });
  await page.keyboard.press('/');
  await page.locator('.finder input[type=search]').fill('rechts');
  await page.locator('.finder li').first().waitFor();
  const wide = await page.evaluate(() => {
    const list = document.querySelector('.finder ol');
    return list.scrollWidth > list.clientWidth || document.querySelector('.finder').scrollWidth > document.querySelector('.finder').clientWidth;
  });
  assert.equal(wide, false);
});
