// What every browser test needs, and nothing of what any of them checks: the sample site built by the
// program itself, a small server that behaves like a static host (a base path, folders with an index,
// 404.html), and Chromium with a new, empty profile.
//
// Nothing here depends on the day of the run: the sample is built for `MOMENT`, and the readers' clocks
// are set. Nothing depends on the network either: a request to any other origin is written down in
// `page.seen.outside` and goes nowhere.
//
//   BONAFIDE   the program          (default: this repository's release build)
//   CHROMIUM   the browser          (default: Debian's chromium-headless-shell, which opens a page in a third of
//                                    the time, or else its chromium; both are built from the same source)

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';

export const here = fileURLToPath(new URL('.', import.meta.url));
export const repository = join(here, '../..');
export const program = resolve(process.env.BONAFIDE || join(repository, 'target/release/bonafide'));

const installed = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];
const chromiumPath = process.env.CHROMIUM || installed.find((path) => existsSync(path)) || installed[1];

/** The day the sample is built for, in its own time zone, and a moment on that day to read it. */
export const MOMENT = '2026-12-01';
export const NOON = '2026-12-01T17:00:00Z';

/** The sample's public address (`base_url` in site.yaml). */
export const HOME = 'https://badges.cxpa.example/';

export const PHONE = { width: 390, height: 844 };
export const NARROW = { width: 320, height: 640 };
/** A wide window at 400 %. */
export const ZOOMED = { width: 320, height: 225 };
export const WIDE = { width: 1280, height: 900 };

const TYPES = {
  '.css': 'text/css; charset=utf-8', '.html': 'text/html; charset=utf-8', '.ics': 'text/calendar',
  '.js': 'text/javascript; charset=utf-8', '.json': 'application/json', '.pdf': 'application/pdf',
  '.png': 'image/png', '.svg': 'image/svg+xml', '.txt': 'text/plain; charset=utf-8',
  '.webp': 'image/webp', '.xml': 'application/xml',
};

/** Starts a browser, with more arguments if some are wanted. */
export function launch(...more) {
  return chromium.launch({
    executablePath: chromiumPath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync', ...more],
  });
}

/** Serves `folder` below the path `base` on a free port of this machine alone; what is text, compressed. */
async function serve(folder, base) {
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://host').pathname);
    const send = async (status, file) => {
      const body = await readFile(file);
      const type = TYPES[extname(file)] || 'application/octet-stream';
      const small = /text|json|xml/.test(type) && /\bgzip\b/.test(request.headers['accept-encoding']);
      // As hosts are told in `_headers`.
      const kept = path.startsWith(`${base}_assets/`);
      response.writeHead(status, { 'content-type': type, ...(kept && { 'cache-control': 'public, max-age=31536000, immutable' }),
        ...(small && { 'content-encoding': 'gzip' }) });
      response.end(small ? gzipSync(body) : body);
    };
    const inside = path.startsWith(base) ? join(folder, path.slice(base.length - 1)) : '';
    try {
      if (inside !== folder && !inside.startsWith(folder + sep)) throw new Error('outside');
      await send(200, path.endsWith('/') ? join(inside, 'index.html') : inside);
    } catch {
      await send(404, join(folder, '404.html')).catch(() => response.writeHead(404).end());
    }
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  return server;
}

/**
 * Builds the sample, or the site in the folder `site`, serves it and starts a browser. `base` is the public
 * address to build it for.
 * The caller closes what this returns.
 */
export async function open({ base = HOME, site = repository } = {}) {
  // The sample is built once for all tests that read it: after that, nothing has changed.
  const shared = site === repository;
  const folder = shared ? join(repository, 'target/browser', base.replace(/\W+/g, '-')) : await mkdtemp(join(tmpdir(), 'bonafide-browser-'));
  const output = join(folder, 'public');
  await promisify(execFile)(program,
    ['build', '--site', site, '--out', output, '--at', MOMENT, '--base-url', base, '--quiet']);
  const path = new URL(base).pathname;
  const server = await serve(output, path);
  const origin = `http://127.0.0.1:${server.address().port}`;
  const browser = await launch();

  /**
   * Opens a page as one kind of reader; it closes when the test `t` ends. `page.seen` fills with the
   * requests, those to other origins, and whatever the browser complains about.
   *
   * `clock` is the time on the reader's device, which then runs on. `atHome` reads the page at its
   * public address instead of the server's. `stay` keeps the reader on a page that would lead on at once.
   */
  async function visit(t, path, options = {}) {
    const { js = true, size = WIDE, density = 1, scheme = 'light', contrast = 'none', clock = NOON, zone = 'UTC',
      permissions = [], atHome = false, stay = false } = options;
    const context = await browser.newContext({
      viewport: size, deviceScaleFactor: density, javaScriptEnabled: js, colorScheme: scheme, forcedColors: contrast, permissions,
      timezoneId: zone, locale: 'en-GB', reducedMotion: 'reduce', serviceWorkers: 'block',
    });
    t.after(async () => {
      await context.unrouteAll({ behavior: 'ignoreErrors' });
      await context.close();
    });
    const seen = { requests: [], outside: [], errors: [] };
    await context.route((url) => url.origin !== origin, async (route) => {
      const url = route.request().url();
      if (atHome && url.startsWith(base)) {
        await route.fulfill({ response: await route.fetch({ url: url.replace(new URL(base).origin, origin) }) });
        return;
      }
      seen.outside.push(url);
      // An empty answer leaves the reader where they are.
      await route.fulfill({ status: 204 });
    });
    if (stay) {
      await context.route((url) => url.origin === origin, async (route) => {
        if (route.request().resourceType() !== 'document') return route.continue();
        const response = await route.fetch();
        const body = (await response.text()).replace(/<meta http-equiv="?refresh"?[^>]*>/, '');
        return route.fulfill({ response, body });
      });
    }
    const page = Object.assign(await context.newPage(), { seen });
    page.setDefaultTimeout(30_000);
    page.on('request', (request) => seen.requests.push(request));
    page.on('console', (m) => {
      if (m.type() === 'error' || m.type() === 'warning') seen.errors.push(`${m.text()} (${m.location().url})`);
    });
    page.on('pageerror', (error) => seen.errors.push(String(error)));
    if (js) {
      await page.clock.install({ time: clock });
      await page.addInitScript(() => {
        addEventListener('securitypolicyviolation', (e) => console.error(`${e.violatedDirective}: ${e.blockedURI}`));
      });
    }
    await page.goto(atHome ? new URL(path, base).href : address(path));
    return page;
  }

  const address = (to = '') => origin + path + to.replace(/^\//, '');

  async function close() {
    await browser.close();
    server.closeAllConnections?.();
    await new Promise((done) => { server.close(done); });
    if (!shared) await rm(folder, { recursive: true, force: true });
  }

  return { address, close, origin, output, visit };
}

/** Waits until `look()` gives a true value, and gives that; the last value if it never does. */
export async function eventually(look, milliseconds = 10_000) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found || Date.now() > end) return found;
    await new Promise((done) => { setTimeout(done, 50); });
  }
}
