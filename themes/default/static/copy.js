// What readers take along from an award or an answer: its address, a field, the QR code as a file, a sheet of paper.
(() => {
  'use strict';
  const doc = document;
  const all = (selector) => [...doc.querySelectorAll(selector)];
  const live = doc.querySelector('[data-live]');
  const say = (text) => { live.textContent = ''; setTimeout(() => { live.textContent = text; }, 60); };
  // Without a script there is nothing to press.
  const show = (e) => { [e, e.parentElement, e.closest('.share')].forEach((x) => { if (x) x.hidden = false; }); };
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = doc.createElement('textarea');
      area.value = text;
      area.className = 'unseen';
      doc.body.append(area);
      area.select();
      const done = doc.execCommand('copy');
      area.remove();
      return done;
    }
  };
  // Each field that is copied by hand gets its button here: without a script there is none.
  all('[data-button] > div').forEach((row) => {
    const { button: label, name } = row.parentElement.dataset;
    const button = Object.assign(doc.createElement('button'), { type: 'button', className: 'button small', textContent: label });
    button.dataset.copy = row.querySelector('dd').textContent;
    button.setAttribute('aria-label', name.replace('{label}', row.querySelector('dt').textContent));
    row.append(doc.createElement('dd'));
    row.lastChild.append(button);
  });
  all('[data-copy]').forEach((button) => {
    const label = button.textContent;
    let timer;
    button.onclick = async () => {
      const done = await copy(button.dataset.copy || button.closest('details').querySelector('textarea').value);
      say(done ? live.dataset.copied : live.dataset.failed);
      if (!done) return;
      button.textContent = live.dataset.copied;
      button.focus();
      clearTimeout(timer);
      timer = setTimeout(() => { button.textContent = label; }, 2000);
    };
    show(button);
  });
  // The code is part of the page; as a file it is made here, from the very same drawing, eight pixels a module.
  all('[data-save]').forEach((button) => {
    button.onclick = () => {
      const code = button.closest('figure').querySelector('svg').cloneNode(true);
      const side = code.viewBox.baseVal.width * 8;
      code.setAttribute('width', side);
      code.setAttribute('height', side);
      const image = new Image();
      image.onload = () => {
        const canvas = Object.assign(doc.createElement('canvas'), { width: side, height: side });
        canvas.getContext('2d').drawImage(image, 0, 0);
        canvas.toBlob((blob) => {
          const link = Object.assign(doc.createElement('a'), { href: URL.createObjectURL(blob), download: button.dataset.save });
          link.click();
          setTimeout(() => URL.revokeObjectURL(link.href), 1e4);
        });
      };
      image.src = 'data:image/svg+xml,' + encodeURIComponent(new XMLSerializer().serializeToString(code));
    };
    show(button);
  });
  all('[data-print]').forEach((button) => { button.onclick = () => print(); show(button); });
})();
