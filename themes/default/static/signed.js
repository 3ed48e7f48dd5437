const box = document.querySelector('[data-signed]'), data = box.dataset;
const [button, input, output] = ['button', 'input', 'output'].map((e) => box.querySelector(e)), label = button.textContent;
let last;
const ask = async ([file]) => {
  button.textContent = data.busy;
  output.textContent = '';
  const mine = last = import('./signed.check.js').then((m) => m.answer(data, file)), found = await mine.catch(() => data.failed);
  if (mine !== last) return;
  button.textContent = label;
  output.append(found);
};
button.onclick = () => (input ? input.click() : ask([]));
if (input) {
  input.onchange = () => { ask(input.files); input.value = ''; };
  document.ondragover = document.ondrop = (e) => {
    const { types, files } = e.dataTransfer;
    if (types.includes('Files')) e.preventDefault();
    if (files[0]) ask(files);
  };
}
box.hidden = false;
