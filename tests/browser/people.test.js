// The directory as readers use it: they type parts of names, with or without accents, and go on by keyboard. On the
// sample, whose names all stand on one page, and on a site of many people, whose names are fetched when asked for.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { NARROW, PHONE, WIDE, ZOOMED, eventually, open } from './harness.js';
import { asset, axe, sideways } from './readers.js';
import { awards } from './sample.js';


/** Names whose letters fold in some special way, among many that do not. */
const SPECIAL = ['Łukasz Żółć', 'İpek Işık-Ğüneş', 'Nguyễn Thị Ánh', 'Þórdís Eðvarðsdóttir', 'Groß Ærø-Øster',
  'Keʻala O’Neill', 'Юлия Щёголева', 'Οδυσσεύς ΠΑΠΠΑΣ', 'עֲדִי כֹּהֵן', 'أحمد القنديلي', 'अर्जुन शर्मा', '김민준',
  '小鳥遊みずき', 'ヴァイスフェルト', 'ŦĦĐŒ Ĳssel', 'ﬁona №2 ²Ⅻ', '🅰lice Ⓑob', 'ნინო ბერიძე', 'Maria Muñoz', 'Mária Munoz'];
const MANY = 460;

const letter = (n) => String.fromCharCode(97 + (n % 26));
const crowd = [...SPECIAL, ...Array.from({ length: MANY }, (_, n) => `Ka${letter(n / 26)} Te${letter(n)}ri`)];

let sample, big, folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonafide-people-'));
  await mkdir(join(folder, 'content'), { recursive: true });
  await writeFile(join(folder, 'content/b.svg'), '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4"/></svg>');
  await writeFile(join(folder, 'content/badges.yaml'), 'badges:\n'
    + ['one', 'two'].map((id) => `  - {id: ${id}, name: Badge ${id}, description: D., image: b.svg}\n`).join(''));
  await writeFile(join(folder, 'content/earners.yaml'), `earners:\n${crowd.map((name, n) => `  - {id: e${n}, name: "${name}", `
    + `visibility: public, awards: [{id: award-${n}, badge: ${n % 50 ? 'one' : 'two'}, issued: 2024-03-01}]}\n`).join('')}`);
  await writeFile(join(folder, 'site.yaml'), 'title: Crowd\nbase_url: https://crowd.example/badges/\nlanguages: [en, ar]\n'
    + 'issuer: {name: Crowd, url: "https://crowd.example/"}\noutputs: {share_card: false}\n');
  sample = await open();
  big = await open({ site: folder, base: 'https://crowd.example/badges/' });
});
after(async () => {
  await sample?.close();
  await big?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Types into the field and waits until what was found for it is shown; gives the names and what is said. */
async function find(page, text) {
  // In one step, for on a busy machine the answer to this, or to nothing when the page opened, may come in between.
  await page.locator('#find').evaluate((field, typed) => {
    document.querySelector('.count').textContent = '…';
    field.value = typed;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }, text);
  await page.clock.runFor(200);
  await eventually(async () => (await page.textContent('.count')) !== '…');
  return { names: await page.locator('.results bdi').allTextContents(), said: await page.textContent('.count') };
}

const seen = (page, selector) => page.locator(selector).isVisible();

test('a short list is filtered on the page, by any part of a name, with or without accents', async (t) => {
  const page = await sample.visit(t, '/people/');
  for (const [typed, name] of [['osei', 'Kate Osei'], ['OSE kat', 'Kate Osei'], ['ozturk', 'Hildegard Morgenthau-Öztürk'],
    ['Öztü', 'Hildegard Morgenthau-Öztürk'], ['lhopital', 'Béatrice Chênevert-L’Hôpital'], ['l’hôp', 'Béatrice Chênevert-L’Hôpital'],
    ['saetre', 'Ambrosius Vanterpool-Sætre'], ['ευδοκια', 'Ευδοκία Παπαχριστοδουλίδου'], ['ອາລຸນ', 'ບຸນທະວີ ແສງອາລຸນ'],
    ['القند', 'عبد الرحمن القنديلي']]) {
    assert.deepEqual(await find(page, typed), { names: [name], said: 'People found: 1' }, typed);
  }
  assert.equal(await seen(page, '.browse'), false);
  const nobody = await find(page, 'katherine');
  assert.deepEqual(nobody.names, [], 'a name that somebody does not use in public');
  assert.match(nobody.said, /^Nobody with that name is listed\. That proves nothing/);
  assert.equal(await seen(page, '.browse'), true);
  await page.fill('#find', '');
  await page.clock.runFor(200);
  assert.equal(await page.textContent('.count'), '');
  assert.deepEqual(page.seen.errors, []);
});

test('what matches is marked, in the letters of the name', async (t) => {
  const page = await sample.visit(t, '/people/');
  const marked = async (typed) => {
    await find(page, typed);
    return page.locator('.results mark').allTextContents();
  };
  assert.deepEqual(await marked('ozturk'), ['Öztürk']);
  assert.deepEqual(await marked('saet van'), ['Van', 'Sæt']);
  assert.deepEqual(await marked('hopi lh'), ['L’Hôpi']);
  assert.equal(await page.locator('.results bdi').textContent(), 'Béatrice Chênevert-L’Hôpital');
});

test('the keyboard goes from the field to the names and back', async (t) => {
  const page = await sample.visit(t, '/people/');
  await find(page, 'e');
  const focus = () => page.evaluate(() => document.activeElement.textContent || document.activeElement.id);
  const names = await page.locator('.results bdi').allTextContents();
  assert.ok(names.length > 3);
  await page.focus('#find');
  await page.keyboard.press('ArrowDown');
  assert.equal(await focus(), names[0]);
  await page.keyboard.press('ArrowDown');
  assert.equal(await focus(), names[1]);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  assert.equal(await focus(), 'find');
  await page.keyboard.press('Enter');
  assert.ok(await eventually(async () => (await focus()) === names[0]));
  await page.keyboard.press('Escape');
  assert.equal(await focus(), 'find');
  assert.equal(await page.inputValue('#find'), '');
  await find(page, 'kate');
  await page.focus('#find');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/people/kate-osei/');
});

test('what was found is told to screen readers, and what was typed is still there after Back', async (t) => {
  const page = await sample.visit(t, '/people/');
  assert.equal(await page.getByRole('search').getByRole('status').count(), 1);
  await find(page, 'osei');
  await page.getByRole('link', { name: 'Kate Osei' }).click();
  await page.waitForURL('**/people/kate-osei/');
  await page.goBack();
  assert.ok(await eventually(async () => {
    await page.clock.runFor(200);
    return (await page.textContent('.count')) === 'People found: 1';
  }));
});

test('of a long list the index is fetched on first use, and only the parts that hold somebody who is shown', async (t) => {
  const page = await big.visit(t, '/people/');
  const fetched = () => page.seen.requests.map((r) => new URL(r.url()).pathname).filter((path) => /words|letter/.test(path));
  assert.deepEqual(fetched(), []);
  assert.deepEqual(await find(page, 'zolc'), { names: ['Łukasz Żółć'], said: 'People found: 1' });
  assert.deepEqual(fetched(), ['/badges/people/words.json', '/badges/people/letter/l/']);
  // Part 2 and 3 of K hold the others.
  assert.deepEqual((await find(page, 'ipek gunes')).names, ['İpek Işık-Ğüneş']);
  const all = await find(page, 'kar t');
  assert.equal(all.names.length, 18);
  const many = await find(page, 'ka');
  assert.equal(many.said, `People found: ${MANY + 1}. Shown here: 20.`);
  const before = fetched().length;
  await page.getByRole('button', { name: 'Show more' }).click();
  assert.ok(await eventually(async () => (await page.locator('.results bdi').count()) === 40));
  assert.equal(await page.evaluate(() => [...document.querySelectorAll('.results a')].indexOf(document.activeElement)), 20);
  assert.equal(fetched().length, before, 'they stand on the same part');
  assert.deepEqual(page.seen.errors, []);
});

test('everybody of a long list is found, by each word as it is and as it can be typed', async (t) => {
  const page = await big.visit(t, '/people/');
  for (const name of SPECIAL) {
    const { names } = await find(page, name);
    assert.ok(names.includes(name), `${name}: ${names}`);
  }
  for (const [typed, name] of [['thordis edvards', 'Þórdís Eðvarðsdóttir'], ['gross aero oster', 'Groß Ærø-Øster'],
    ['keala oneill', 'Keʻala O’Neill'], ['thdoe ijssel', 'ŦĦĐŒ Ĳssel'], ['щеголева', 'Юлия Щёголева'], ['οδυσσευς', 'Οδυσσεύς ΠΑΠΠΑΣ'],
    ['עדי', 'עֲדִי כֹּהֵן'], ['احمد', 'أحمد القنديلي'], ['fiona no2', 'ﬁona №2 ²Ⅻ']]) {
    assert.ok((await find(page, typed)).names.includes(name), typed);
  }
  assert.deepEqual((await find(page, 'munoz')).names, ['Maria Muñoz', 'Mária Munoz']);
});

test('in another language the names lead to the pages of that language', async (t) => {
  const page = await big.visit(t, '/ar/people/');
  const { names, said } = await find(page, 'zolc');
  assert.deepEqual(names, ['Łukasz Żółć']);
  assert.match(said, /^عدد من عُثر عليهم: 1$/);
  await page.locator('.results a').click();
  await page.waitForURL('**/badges/ar/people/lukasz-zolc-*/');
  assert.deepEqual(page.seen.errors, []);
});

test('the program and the script fold alike', async (t) => {
  const page = await big.visit(t, '/people/');
  const index = JSON.parse(await readFile(join(big.output, 'people/words.json'), 'utf8'));
  const own = await page.evaluate(async ([from, names]) => {
    const { words } = await import(from);
    return names.flatMap(words);
  }, [`/badges${await asset(big, 'find.js')}`, crowd]);
  assert.deepEqual(Object.keys(index.words).sort(), [...new Set(own)].sort());
});

test('if the names cannot be fetched the page says so, and works once they can', async (t) => {
  const page = await big.visit(t, '/people/');
  const context = page.context();
  await context.route('**/words.json', (route) => route.fulfill({ status: 503 }));
  const { said } = await find(page, 'zolc');
  assert.match(said, /could not be loaded/);
  assert.equal(await seen(page, '.browse'), true);
  await context.unroute('**/words.json');
  assert.equal((await find(page, 'zol')).said, 'People found: 1');
});

test('without scripts everybody is reached by letters, parts and badges', async (t) => {
  const page = await big.visit(t, '/people/', { js: false });
  assert.equal(await seen(page, '.find'), false);
  await page.click('.letters a[href$="/letter/k/"]');
  assert.match(await page.textContent('h1'), /^People: Kaa–Kah/);
  let names = await page.locator('.people bdi').allTextContents();
  while (await page.locator('[rel=next]').count() && /\/k\//.test(await page.getAttribute('[rel=next]', 'href'))) {
    await page.click('[rel=next]');
    names = names.concat(await page.locator('.people bdi').allTextContents());
  }
  assert.equal(names.length, MANY + 1, 'Keala is one of them');
  await page.click('.crumbs a:has-text("People")');
  await page.click('.choices a:has-text("Badge two")');
  assert.equal(await page.locator('.people li').count(), Math.ceil(crowd.length / 50));
  await page.click('.people a >> nth=0');
  assert.ok(await seen(page, '.held'));
});

test('a person’s page tells the status at the reader’s clock', async (t) => {
  const page = await sample.visit(t, '/people/kate-osei/', { clock: '2027-03-02T12:00:00Z' });
  const looks = (path) => page.locator(`.held li:has(a[href="${path}"]) .status`);
  const expiring = looks(awards.expiring.path);
  assert.equal(await expiring.getAttribute('data-status'), 'expired');
  assert.match(await expiring.textContent(), /Expired\s*Expired on 1 March 2027\./);
  assert.equal(await looks(awards.superseded.path).getAttribute('data-status'), 'superseded');
  assert.equal(await page.locator('.status[data-status=active]').count(), 1);
});

test('each award on a person’s page keeps its own sentence when the reader’s clock changes them', async (t) => {
  const page = await sample.visit(t, '/people/kate-osei/', { clock: '2028-01-01T12:00:00Z' });
  const texts = await page.locator('.status[data-status=expired]').allTextContents();
  assert.deepEqual(texts.map((text) => /Expired on .*?\d{4}\./.exec(text)?.[0]).sort(),
    ['Expired on 1 March 2027.', 'Expired on 30 June 2027.']);
});

test('verification pages of those who are listed lead to their page, and it leads back', async (t) => {
  const page = await sample.visit(t, awards.expiring.path);
  await page.getByRole('link', { name: 'All badges of Kate Osei' }).click();
  await page.waitForURL('**/people/kate-osei/');
  await page.locator(`a[href="${awards.expiring.path}"]`).click();
  await page.waitForURL(`**${awards.expiring.path}`);
});

for (const [what, path, typed] of [['letters', '/people/', ''], ['found', '/people/', 'mar'], ['a part', '/people/letter/k/', ''],
  ['a badge', '/people/badge/two/', ''], ['right to left', '/ar/people/', 'mar'], ['a part, right to left', '/ar/people/letter/k/2/', '']]) {
  test(`axe finds nothing and nothing is wider than the screen: ${what}`, async (t) => {
    const page = await big.visit(t, path);
    if (typed) await find(page, typed);
    for (const [size, media] of [[WIDE, { colorScheme: 'light' }], [PHONE, { colorScheme: 'dark' }], [NARROW, { colorScheme: 'light' }],
      [ZOOMED, { colorScheme: 'light' }], [WIDE, { colorScheme: 'dark', forcedColors: 'active' }]]) {
      await page.setViewportSize(size);
      await page.emulateMedia({ forcedColors: 'none', ...media });
      assert.deepEqual([...await axe(page), ...await sideways(page)], [], JSON.stringify([size, media]));
    }
  });
}
