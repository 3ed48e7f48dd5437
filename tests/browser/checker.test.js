// What the Nu HTML checker, which stands behind validator.w3.org, has against the sample: its pages, its style sheets
// and its drawings. It is written in Java; on a machine without it this says so and checks nothing.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { open } from './harness.js';

const jar = createRequire(import.meta.url).resolve('vnu-jar/build/dist/vnu.jar');
const without = spawnSync('java', ['-version']).status === 0 ? false : 'there is no `java` on this machine (Debian: default-jre-headless)';
if (without) console.log(`the Nu checker was not run: ${without}`);

/** What it says because it reads files and no site. */
const FINE = [
  // A page's policy allows what comes from the page's own origin, and files have none; structured data is not run.
  /violates Content Security Policy/,
];

/** What it says of everything below a folder. */
function check(folder) {
  const args = ['-jar', jar, '--also-check-css', '--also-check-svg', '--skip-non-html', '--format', 'json', '--exit-zero-always', folder];
  return new Promise((done, fail) => {
    execFile('java', args, { maxBuffer: 1 << 28 }, (error, _, told) => {
      if (error) fail(error); else done(JSON.parse(told).messages);
    });
  });
}

test('the Nu checker has nothing against any page, style sheet or drawing', { skip: without }, async () => {
  const site = await open();
  try {
    const messages = await check(site.output);
    const wrong = messages.filter(({ message }) => !FINE.some((fine) => fine.test(message)));
    const said = new Set(wrong.map(({ url, lastLine, type, message, extract }) => (
      `${type}: ${message} (${url.slice(url.indexOf(join(site.output)) + site.output.length)}:${lastLine})\n  ${extract || ''}`)));
    assert.deepEqual([...said].slice(0, 40), []);
  } finally {
    await site.close();
  }
});
