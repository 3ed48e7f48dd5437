// "Check a badge": whatever a reader types or pastes leads to the badge's page, or to a plain answer that
// is read aloud, with the field still in focus.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HOME, PHONE, open } from './harness.js';
import { alias, awards, hidden, host, issuer } from './sample.js';

const BASE = `${HOME}badges/site/`;
let site, below;
before(async () => { [site, below] = [await open(), await open({ base: BASE })]; });
after(async () => { await site?.close(); await below?.close(); });

const { id, path, name } = awards.expiring;

/** Types into the field and sends it off. */
async function ask(page, typed) {
  await page.getByRole('textbox').fill(typed);
  await page.keyboard.press('Enter');
}

/** Demands a plain answer: seen, announced, with the field marked and still in focus. Gives its words. */
async function answer(page, words) {
  const region = page.locator('[data-answer]');
  await region.getByText(words).waitFor();
  assert.equal(await region.getAttribute('aria-live'), 'polite');
  const field = page.getByRole('textbox');
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  assert.ok((await field.getAttribute('aria-describedby')).split(' ').includes(await region.getAttribute('id')));
  assert.ok(await field.evaluate((e) => e === document.activeElement), 'the field has lost the focus');
  assert.equal(await page.getByRole('button', { name: 'Check it' }).count(), 1);
  return region.innerText();
}

for (const [what, typed] of Object.entries({
  'an ID': id,
  'an ID in groups': ` ${id.match(/.{1,4}/g).join(' ')} `,
  'an ID in capitals': id.toUpperCase(),
  'an ID in wide digits': id.replace(/\d/g, (d) => String.fromCodePoint(0xff10 + Number(d))),
  'the whole address': `${HOME}verify/${id}/`,
  'an address without its slash': `${HOME}verify/${id}`,
  'an address without a scheme': `${host}/verify/${id}/`,
  'an address in capitals': `HTTP://${host.toUpperCase()}/verify/${id}/`,
  'an address with query and anchor': `${HOME}verify/${id}/?utm_source=mail#top`,
  'a file’s address': `${HOME}verify/${id}/index.html`,
  'a path': `/verify/${id}/`,
  'a path without slashes around it': `verify/${id}`,
  'an address of another language': `${HOME}es/verify/${id}/`,
  'an address with spaces in it': `  ${HOME}verify/ ${id} / `,
  'an address in quotes': `“${HOME}verify/${id}/”.`,
  'an address in angle brackets': `<${HOME}verify/${id}/>`,
  'an address with words before it': `My badge: ${HOME}verify/${id}/`,
  'an address with what cannot be seen': `\u200b${HOME}verify/${id}/\u200e`,
  'an old code': 's3kJd9aQ',
  'the address of an old code': `${HOME}verify/s3kJd9aQ/`,
})) {
  test(`${what} leads to the badge’s page`, async (t) => {
    const page = await site.visit(t, '/verify/', { size: PHONE });
    await ask(page, typed);
    await page.waitForURL(`**${path}`);
    assert.equal(await page.locator('h1').innerText(), name);
  });
}

for (const [what, typed] of Object.entries({
  'an ID': id,
  'the whole address': `${BASE}verify/${id}/`,
  'an address without a scheme': `${host}/badges/site/verify/${id}`,
  'a path from the top': `/badges/site/verify/${id}/`,
  'a path below the site': `verify/${id}/`,
  'an address of another language': `${BASE}ja/verify/${id}/`,
  'an old code': 's3kJd9aQ',
})) {
  test(`below a base path, ${what} leads to the badge’s page`, async (t) => {
    const page = await below.visit(t, '/');
    await ask(page, typed);
    await page.waitForURL(`**/badges/site${path}`);
  });
}

test('an address of the same host, but of another site there, is not one of this site', async (t) => {
  const page = await below.visit(t, '/verify/');
  await ask(page, `${HOME}other/verify/0123456789ab/`);
  assert.match(await answer(page, 'nowhere else'), /not on badges\.cxpa\.example\/badges\/site/);
});

test('the form works on home and where nothing was found', async (t) => {
  for (const from of ['/', '/no-such-page/']) {
    const page = await site.visit(t, from);
    await ask(page, id);
    await page.waitForURL(`**${path}`);
  }
});

test('an old path leads on', async (t) => {
  const page = await site.visit(t, '/verify/');
  await page.route('**/badge/88231/', async (route) => {
    await route.fulfill({ response: await route.fetch({ url: site.address(alias.path) }) });
  });
  await ask(page, `${HOME}badge/88231`);
  await page.waitForURL(`**${path}`);
});

test('a reader of another language is led to the page in that language, if it is there', async (t) => {
  const page = await site.visit(t, '/');
  await page.route(site.address('/verify/'), async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace('data-home="/"', 'data-home="/es/"') });
  });
  await page.route(`**/es${path}`, async (route) => {
    const response = await route.fetch({ url: site.address(path) });
    await route.fulfill({ response, body: (await response.text()).replaceAll(`${HOME}verify/`, `${HOME}es/verify/`) });
  });
  for (const [typed, to] of [[id, `/es${path}`], [`${HOME}verify/${id}/`, path], [`${HOME}es/verify/${id}/`, `/es${path}`], ['s3kJd9aQ', path]]) {
    await page.goto(site.address('/verify/'));
    await ask(page, typed);
    await page.waitForURL(site.address(to));
  }
});

test('a private badge’s page is there, and is led to', async (t) => {
  const page = await site.visit(t, '/verify/');
  await ask(page, hidden.path.split('/')[2]);
  await page.waitForURL(`**${hidden.path}`);
});

test('an old vendor’s address is said to prove nothing; its code is tried, and offered', async (t) => {
  const page = await site.visit(t, '/verify/');
  for (const typed of ['https://www.vendor.example/badges/s3kJd9aQ', 'www.vendor.example/b/s3kJd9aQ/?x=1']) {
    await ask(page, typed);
    const words = await answer(page, 's3kJd9aQ');
    assert.match(words, /not on badges\.cxpa\.example/);
    assert.match(words, /s3kJd9aQ, is known here/);
  }
  assert.equal(page.url(), site.address('/verify/'));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**${path}`);
});

test('a copy of this site at another address does not lead to the genuine page by itself', async (t) => {
  const page = await site.visit(t, '/verify/');
  for (const typed of [`https://${host}.evil.example/verify/${id}/`, `https://${host}@evil.example/verify/${id}/`, `https://bаdges.cxpa.example/verify/${id}/`]) {
    await ask(page, typed);
    assert.match(await answer(page, id), /proves nothing/);
    assert.equal(page.url(), site.address('/verify/'));
  }
});

test('an address elsewhere whose end is no code is offered nothing', async (t) => {
  const page = await site.visit(t, '/verify/');
  for (const typed of ['https://www.vendor.example/badges/nosuchcode', 'https://www.vendor.example/faq/', 'https://www.vendor.example/']) {
    await ask(page, typed);
    assert.doesNotMatch(await answer(page, 'proves nothing'), /known here/);
  }
});

test('an ID that no badge has gets a plain answer: what it may mean, and whom to ask', async (t) => {
  for (const from of ['/verify/', '/']) {
    const page = await site.visit(t, from);
    await ask(page, '0123456789abcdef');
    const words = await answer(page, '0123456789abcdef');
    for (const part of [/mistyped or cut short/, /another site/, /do not rely on it/, new RegExp(`ask ${issuer}`)]) assert.match(words, part);
    assert.equal(page.url(), site.address(from));
    assert.match(await page.locator('[data-answer] a').getAttribute('href'), /^mailto:/);
  }
});

test('an old code in the wrong case is another code, and the answer says so', async (t) => {
  const page = await site.visit(t, '/verify/');
  await ask(page, 'S3KJD9AQ');
  assert.match(await answer(page, 'S3KJD9AQ'), /capital and small letters/);
});

test('where a host knows no case, the page’s own address is led to', async (t) => {
  const page = await site.visit(t, '/verify/');
  await page.route(`**/verify/${id.toUpperCase()}/`, async (route) => {
    await route.fulfill({ response: await route.fetch({ url: site.address(path) }) });
  });
  await ask(page, id.toUpperCase());
  await page.waitForURL(`**${path}`);
});

for (const typed of ['', 'x y z', 'my badge please', HOME, host, `${HOME}verify/`, 'verify/', '..', 'javascript:alert(1)', `${HOME}verify/a%2Fb/`]) {
  test(`“${typed}” is said to be neither an address nor an ID`, async (t) => {
    const page = await site.visit(t, '/verify/');
    await ask(page, typed);
    await answer(page, 'neither an address nor an ID');
    assert.equal(page.url(), site.address('/verify/'));
  });
}

test('what is typed is never taken for HTML', async (t) => {
  const page = await site.visit(t, '/verify/?id=<img%20src=x%20onerror=alert(1)>');
  assert.equal(await page.getByRole('textbox').inputValue(), '<img src=x onerror=alert(1)>');
  await page.keyboard.press('Tab');
  await ask(page, '<img/src=x/onerror=alert(1)>');
  await page.locator('[data-answer] p').first().waitFor();
  assert.equal(await page.locator('[data-answer] img').count(), 0);
});

test('a host that answers everything with its front page is seen through', async (t) => {
  const page = await site.visit(t, '/verify/');
  for (const fallback of ['/', '/404.html']) {
    await page.route('**/verify/0123456789ab/', async (route) => {
      await route.fulfill({ response: await route.fetch({ url: site.address(fallback) }), status: 200 });
    });
    await ask(page, '0123456789ab');
    await answer(page, '0123456789ab');
  }
});

test('a host that refuses to say, and a reader who is offline, are sent to the page itself', async (t) => {
  for (const refuse of [(route) => route.fulfill({ status: 403, body: 'no' }), (route) => route.abort('internetdisconnected')]) {
    const page = await site.visit(t, '/verify/');
    await page.route(`**${path}`, (route) => (route.request().resourceType() === 'document' ? route.continue() : refuse(route)));
    await ask(page, id);
    await page.waitForURL(`**${path}`);
  }
});

test('a host that hangs is waited for, but not forever', async (t) => {
  const page = await site.visit(t, '/verify/');
  let asked;
  const heard = new Promise((done) => { asked = done; });
  await page.route(`**${path}`, (route) => (route.request().resourceType() === 'document' ? route.continue() : asked()));
  await ask(page, id);
  await heard;
  await page.getByRole('button', { name: 'Looking…' }).waitFor();
  await page.clock.fastForward(10_500);
  assert.match(await answer(page, 'does not answer'), /try again/);
  await page.locator('[data-answer] a').click();
  await page.waitForURL(`**${path}`);
});

test('a second question takes the place of the first', async (t) => {
  const page = await site.visit(t, '/verify/');
  await page.route('**/verify/hanging-code/', () => {});
  await ask(page, 'hanging-code');
  await ask(page, '0123456789ab');
  await answer(page, '0123456789ab');
  await page.clock.fastForward(10_500);
  assert.match(await answer(page, '0123456789ab'), /has no badge 0123456789ab/);
});

test('without scripts the page says how to open a badge’s page, and how to tell a copy', async (t) => {
  for (const js of [true, false]) {
    const page = await site.visit(t, '/verify/', { js });
    const words = await page.locator('section', { has: page.locator('#genuine') }).locator('p').innerText();
    assert.equal(words.match(/[.!?](?=\s|$)/g).length, 3, words);
    assert.ok(words.includes(HOME));
    assert.equal(await page.locator('noscript p').isVisible(), !js);
    assert.equal(await page.locator('form').isVisible(), js);
  }
});

test('nothing moves when the script shows the form', async (t) => {
  const page = await site.visit(t, '/', { size: PHONE });
  await page.locator('form').waitFor();
  const shift = await page.evaluate(() => new Promise((done) => {
    let sum = 0;
    new PerformanceObserver((list) => { for (const e of list.getEntries()) sum += e.value; }).observe({ type: 'layout-shift', buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
  }));
  assert.ok(shift < 0.01, `cumulative layout shift ${shift}`);
});
