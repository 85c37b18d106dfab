// The app catalogue, uploads with progress.

import { call, el, fileSize, send, toast } from './base.js';

const rows = document.querySelector('#rows');
const form = document.querySelector('#upload');
const progress = document.querySelector('#progress');
const chosen = document.querySelector('#chosen');

function row(app) {
  return el(
    'tr',
    { 'data-id': app.id },
    el(
      'td',
      {},
      el(
        'div',
        { className: 'cell' },
        el('span', { className: 'glyph', 'aria-hidden': 'true' }, app.name[0] ?? ''),
        el(
          'div',
          {},
          el('b', {}, app.name),
          el(
            'small',
            {},
            `${app.version}, ${app.publisher}`,
            el('span', { className: 'only-small' }, `, ${fileSize(app.size)}`),
          ),
        ),
      ),
    ),
    el('td', { className: 'm' }, app.platform),
    el('td', { className: 'n m' }, fileSize(app.size)),
    el('td', { className: 'm roomy', title: app.sha256 }, el('code', {}, app.sha256.slice(0, 12))),
    el(
      'td',
      { className: 'acts' },
      el(
        'a',
        { className: 'button', href: `/api/apps/${app.id}/download`, 'aria-label': `Download ${app.name}` },
        'Download',
      ),
    ),
  );
}

async function load() {
  const found = await call('GET', '/api/apps');
  if (found) rows.replaceChildren(...found.apps.map(row));
}

form.elements.file.onchange = () => {
  const [file] = form.elements.file.files;
  chosen.textContent = file ? `${file.name} (${fileSize(file.size)})` : 'Choose a package';
};
form.onsubmit = async (event) => {
  event.preventDefault();
  progress.hidden = false;
  progress.value = 0;
  const done = await send('POST', '/api/apps', new FormData(form), (loaded, total) => {
    progress.value = (loaded / total) * 100;
  });
  progress.hidden = true;
  if (!done) return;
  toast(done.message);
  form.reset();
  chosen.textContent = 'Choose a package';
  await load();
};
await load();
