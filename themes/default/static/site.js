// A page is made once and read for years: this looks at the reader's clock.
(() => {
  'use strict';
  const doc = document;
  const root = doc.currentScript.dataset.root;
  const all = (selector, within = doc) => [...within.querySelectorAll(selector)];
  const live = doc.querySelector('[data-live]');
  // Emptied first, so that the same words twice are announced twice.
  const say = (text) => { live.textContent = ''; setTimeout(() => { live.textContent = text; }, 60); };

  // --- Status: only time is judged here. What the issuer decided stays as it was built. ---
  const byTime = ['upcoming', 'active', 'expiring', 'expired'];
  all('[data-status]').filter((status) => byTime.includes(status.dataset.status)).forEach((status) => {
    // A person's page has several awards, each with its own sentences.
    const own = status.closest('[data-award]') || doc;
    const at = (name) => Date.parse(status.dataset[name]);
    const from = at('validFrom'), until = at('validUntil'), notice = at('noticeFrom');
    const looks = new Map(all('template[data-sentence]', own).map((t) => [t.dataset.sentence, [...t.content.childNodes]]));
    // The built sentence counts too, in case the clock goes back.
    if (!looks.has(status.dataset.status)) looks.set(status.dataset.status, [...status.childNodes]);
    let timer;
    // What is only right with one status says which.
    const match = (is) => all('[data-while]', own).forEach((e) => { e.hidden = !e.dataset.while.split(' ').includes(is); });
    const check = () => {
      const now = Date.now();
      const is = now < from ? 'upcoming' : now >= until ? 'expired' : now >= notice ? 'expiring' : 'active';
      if (is !== status.dataset.status && looks.has(is)) {
        status.dataset.status = is;
        status.className = 'status is-' + is;
        status.replaceChildren(...looks.get(is).map((node) => node.cloneNode(true)));
        match(is);
        say(status.querySelector('.sentence').textContent);
      }
      // Timers hold at most 24 days; a longer wait is cut up.
      const next = Math.min(...[from, notice, until].filter((t) => t > now));
      clearTimeout(timer);
      if (next < Infinity) timer = setTimeout(check, Math.min(next - now + 50, 2e9));
    };
    check();
    // A phone that slept, or a page brought back, has missed its timer.
    doc.addEventListener('visibilitychange', () => { if (!doc.hidden) check(); });
    addEventListener('pageshow', check);
  });

  // --- Data as of: it changes daily, so it stands in a file of its own. ---
  const asOf = doc.querySelector('[data-as-of]');
  if (asOf) {
    fetch(root + 'as-of.json').then((r) => (r.ok ? r.json() : {})).then((data) => {
      const at = Date.parse(data.exported_at);
      if (!(at > 0)) return;
      // Day first, as everywhere on the page.
      const lang = doc.documentElement.lang.replace(/^(en)?$/, 'en-GB');
      const time = doc.createElement('time');
      time.dateTime = data.exported_at;
      time.textContent = new Intl.DateTimeFormat(lang, { dateStyle: 'long', timeZone: asOf.dataset.zone }).format(at);
      const [before, after = ''] = asOf.dataset.asOf.split('{date}');
      asOf.replaceChildren(before, time, after);
      if (data.stale_after && Date.now() - at > data.stale_after * 1000) {
        asOf.classList.add('late');
        asOf.append(' ' + asOf.dataset.stale);
      }
      asOf.hidden = false;
    }).catch(() => {});
  }

  // --- Search, loaded when it is first used ---
  const search = doc.querySelector('[data-search]');
  const find = () => import('./search.js').then((m) => m.open(search)).catch(() => {
    search.lastChild.textContent = search.dataset.failed;
    say(search.dataset.failed);
  });
  if (search) {
    search.onclick = find;
    doc.addEventListener('keydown', (event) => {
      const typing = event.target.closest('input, textarea, select, dialog');
      if (event.key !== '/' || event.ctrlKey || event.metaKey || typing) return;
      // Who speaks to their computer can switch it off.
      try { if (localStorage.slash === 'off') return; } catch { /* not kept */ }
      event.preventDefault();
      find();
    });
    search.disabled = false;
  }

  // --- What is too wide scrolls, and can be reached by keyboard; tick boxes are named by their line. ---
  all('.prose table, pre').forEach((e) => { if (e.scrollWidth > e.clientWidth) e.tabIndex = 0; });
  all('.prose li > input').forEach((e) => { e.setAttribute('aria-label', e.parentElement.textContent.trim()); });
})();
