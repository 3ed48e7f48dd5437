// Keeps an open preview page right: loads it again when its site has changed, shows what is wrong with the input,
// and tells which moment the page was made for. It is part of what is served, never of what is published.
(() => {
  'use strict';
  const doc = document, me = doc.currentScript, data = me.dataset, { root, at } = data;
  // Below the root, as files are called.
  const path = (url) => { try { return decodeURIComponent(url.pathname.slice(root.length)); } catch { return ''; } };
  const own = path(location).replace(/index\.html$/, '');
  const key = 'bonafide ' + location.href.split('#')[0];
  me.remove();

  // The page's own script judges by the clock: one that was made for another moment gets that moment's clock.
  if (data.fixed) {
    const away = Date.parse(data.moment) - Date.now(), real = Date.now;
    Date.now = () => real() + away;
  }

  // --- Loading again, with everything where it was ---
  const details = () => [...doc.querySelectorAll('details')];
  const reload = () => {
    const open = details().map((e) => e.open);
    // Several files saved in a row: a page that is not yet where it was remembers where that is.
    try { sessionStorage[key] ||= JSON.stringify([scrollX, scrollY, open]); } catch {}
    location.reload();
  };
  const restore = () => {
    let was;
    try { was = JSON.parse(sessionStorage[key]); } catch { return; }
    details().forEach((e, i) => { if (i in was[2]) e.open = was[2][i]; });
    scrollTo({ left: was[0], top: was[1], behavior: 'instant' });
    addEventListener('load', () => {
      scrollTo({ left: was[0], top: was[1], behavior: 'instant' });
      try { delete sessionStorage[key]; } catch {}
    });
  };
  // A style sheet that was edited has another name: its content is part of it.
  const plain = (file) => file.replace(/\.[0-9a-f]{12}(\.css)$/, '$1');
  const restyle = (files) => doc.querySelectorAll('link[rel=stylesheet]').forEach((link) => {
    const old = plain(path(new URL(link.href))), file = files.find((name) => plain(name) === old);
    if (!file) return;
    const next = link.cloneNode(), url = new URL(root + file.split('/').map(encodeURIComponent).join('/'), location);
    url.searchParams.set('v', data.version);
    next.href = url;
    next.onload = () => link.remove();
    link.after(next);
  });

  // --- What is shown above the page, apart from its styles ---
  const host = doc.createElement('bonafide-preview'), box = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`:host{all:initial;font:14px/1.5 system-ui,sans-serif;color:#fff}
@media print{:host{display:none}}
*{box-sizing:border-box}
.bar,.wrong{position:fixed;z-index:2147483647;background:#202733;border-radius:8px;box-shadow:0 2px 12px #0008}
.bar{inset:auto auto 8px 8px;padding:4px 10px;display:flex;gap:8px;flex-wrap:wrap;align-items:center;max-width:calc(100vw - 16px);font-size:13px}
.wrong{inset:8px 8px auto;max-height:80vh;overflow:auto;padding:12px 16px;border-top:6px solid #e5484d}
.wrong p{margin:0 0 2px}.wrong section{margin:0 0 12px}pre{margin:4px 0;white-space:pre-wrap;background:#0004;padding:4px 8px}
code,pre{font:13px/1.5 ui-monospace,monospace}b{color:#ffb224}a,button,input{color:inherit;font:inherit;background:#0004;border:1px solid #fff6;border-radius:4px;padding:0 6px}
input{color-scheme:dark}`);
  box.adoptedStyleSheets = [sheet];
  const make = (name, text, ...inside) => {
    const e = doc.createElement(name);
    e.append(text || '', ...inside);
    return e;
  };
  const bar = make('div'), wrong = make('div');
  bar.className = 'bar';
  wrong.className = 'wrong';
  wrong.setAttribute('role', 'alert');
  const show = (problems) => {
    wrong.replaceChildren(...problems.map((p) => {
      const part = make('section', '', make('p', '', make('b', p.gone ? 'refused' : p.severity), ': ' + p.message));
      if (p.place) part.append(make('code', p.place));
      if (p.line) part.append(make('pre', p.line));
      (p.also || []).forEach((text) => part.append(make('p', '', make('code', text))));
      if (p.advice) part.append(make('p', p.advice));
      if (p.gone) {
        const meant = make('button', 'It is meant: go on');
        meant.onclick = async () => {
          meant.disabled = true;
          const reply = await fetch(root + '_bonafide/go-on?vanished=' + p.gone, { method: 'POST' }).catch(() => 0);
          meant.disabled = !!reply.ok;
        };
        part.append(meant);
      }
      return part;
    }));
    if (problems.length) box.append(wrong); else wrong.remove();
  };
  const go = (value) => {
    const url = new URL(location);
    if (value) url.searchParams.set('at', value); else url.searchParams.delete('at');
    location.assign(url);
  };
  const note = (text) => bar.prepend(make('b', text));
  const drafts = JSON.parse(data.drafts || '[]');
  const ready = () => {
    doc.documentElement.append(host);
    if (data.moment) {
      const date = make('input'), now = make('button', 'now');
      date.type = 'date';
      date.setAttribute('aria-label', 'look at the site as of');
      date.value = new Intl.DateTimeFormat('sv', { timeZone: data.zone }).format(Date.parse(data.moment));
      date.onchange = () => go(date.value);
      now.onclick = () => go();
      const words = new Intl.DateTimeFormat('en-GB', { timeZone: data.zone, dateStyle: 'long', timeStyle: 'short' });
      const time = make('time', words.format(Date.parse(data.moment)) + ' (' + data.zone + ')');
      time.dateTime = data.moment;
      bar.append(make('span', 'Preview as of ', time), date);
      if (at) bar.append(now);
    }
    if (drafts.includes(own)) note('Draft: not published');
    doc.querySelectorAll('a[href]').forEach((a) => {
      if (a.origin === location.origin && drafts.includes(path(a))) a.append(' (draft)');
    });
    box.append(bar);
    restore();
  };
  if (doc.readyState === 'loading') doc.addEventListener('DOMContentLoaded', ready); else ready();
  // A look at another moment goes on from page to page.
  addEventListener('click', (event) => {
    const a = at && event.target.closest && event.target.closest('a[href]');
    if (!a || a.origin !== location.origin || !a.pathname.startsWith(root)) return;
    const url = new URL(a.href);
    url.searchParams.set('at', at);
    a.href = url;
  }, true);

  // --- The line to the server. Hidden pages hang up: a browser has few lines to one server. ---
  let line, timer;
  const hear = ({ version, files, made, problems }) => {
    show(problems);
    if (version === data.version) return;
    const changed = (file) => file === own || !/(^|\/)$|\.(html|css)$/.test(file);
    if (!files || at || drafts.length || data.missing || files.some(changed)) {
      if (made && made.length) try { sessionStorage['bonafide made'] = JSON.stringify(made); } catch {}
      return reload();
    }
    data.version = version;
    restyle(files);
  };
  const listen = () => {
    if (line || doc.hidden) return;
    line = new EventSource(root + '_bonafide/events');
    line.onmessage = (event) => hear(JSON.parse(event.data));
    line.onerror = () => {
      line.close();
      line = null;
      clearTimeout(timer);
      timer = setTimeout(listen, 500);
    };
  };
  doc.addEventListener('visibilitychange', () => {
    if (doc.hidden && line) { line.close(); line = null; }
    listen();
  });
  addEventListener('pagehide', () => { if (line) line.close(); line = null; });
  addEventListener('pageshow', listen);
  listen();
  if (data.missing) {
    doc.addEventListener('DOMContentLoaded', () => {
      let made = [];
      try { made = JSON.parse(sessionStorage['bonafide made']); } catch {}
      if (!made.length) return;
      note('This page is gone. New since then:');
      made.slice(0, 5).forEach((path) => {
        const a = make('a', '/' + path);
        a.href = root + path.split('/').map(encodeURIComponent).join('/');
        bar.append(a);
      });
    });
  }
})();
