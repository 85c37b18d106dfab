// The device list: search, paging, one-device acts and acts on the selected.

import { ago, ask, askWipe, call, el, later, platformIcon, send, toast } from './base.js';

const SIZE = 25;
const $ = (selector) => document.querySelector(selector);
const rows = $('#rows');
const filters = $('#filters');
const given = new URLSearchParams(location.search);
const selected = new Map();
let page = 1;
let total = 0;

filters.elements.search.value = given.get('search') ?? '';
filters.elements.status.value = given.get('status') ?? '';

async function lock(device) {
  const answer = await ask({
    title: `Lock ${device.name}?`,
    text: 'The screen locks at once. The passcode opens it again.',
    button: 'Lock device',
    fields: [
      {
        name: 'message',
        label: 'Message on the lock screen',
        maxLength: 200,
        placeholder: 'Please return to Acme Corp',
      },
    ],
  });
  if (!answer) return;
  const body = answer.message === '' ? {} : { message: answer.message };
  const done = await send('POST', `/api/devices/${device.id}/lock`, body);
  if (done) toast(done.message);
  await load();
}

async function wipe(device) {
  const answer = await askWipe(
    `Wipe ${device.name}?`,
    'Erases everything on the device. This cannot be undone.',
    'Wipe device',
  );
  if (!answer) return;
  const body = Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== ''));
  const done = await call('POST', `/api/devices/${device.id}/wipe`, body);
  if (done) toast(done.message);
  await load();
}

async function bulk(command) {
  const ids = [...selected.keys()];
  const count = ids.length === 1 ? '1 device' : `${ids.length} devices`;
  const verb = { lock: 'Lock', wipe: 'Wipe', retire: 'Retire' }[command];
  const text = {
    lock: 'The screens lock at once.',
    wipe: 'Erases everything on them. This cannot be undone.',
    retire: 'Removes company data and stops managing them.',
  }[command];
  const names = [...selected.values()].slice(0, 3).join(', ') + (ids.length > 3 ? ` and ${ids.length - 3} more` : '');
  const answer = await ask({
    title: `${verb} ${count}?`,
    text: `${text} ${names}.`,
    button: `${verb} ${count}`,
    danger: command !== 'lock',
  });
  if (!answer) return;
  const done = await call('POST', '/api/devices/bulk', { command, ids });
  if (done) {
    toast(done.message);
    selected.clear();
  }
  await load();
}

function row(device) {
  const tick = el('input', {
    type: 'checkbox',
    checked: selected.has(device.id),
    'aria-label': `Select ${device.name}`,
  });
  const lockButton = el(
    'button',
    { type: 'button', 'aria-label': `Lock ${device.name}`, onclick: () => lock(device) },
    'Lock',
  );
  const wipeButton = el(
    'button',
    { type: 'button', className: 'danger', 'aria-label': `Wipe ${device.name}`, onclick: () => wipe(device) },
    'Wipe',
  );
  const line = el(
    'tr',
    { 'data-id': device.id },
    el('td', { className: 'tick' }, tick),
    el(
      'td',
      {},
      el(
        'div',
        { className: 'cell' },
        el('span', { className: 'glyph' }, platformIcon(device.platform)),
        el(
          'div',
          {},
          el('a', { className: 'name', href: `/devices/${device.id}` }, device.name),
          el('small', {}, `${device.id}, ${device.model}`),
        ),
      ),
    ),
    el('td', { className: 'm' }, device.owner),
    el('td', { className: 'm' }, `${device.platform} ${device.os}`),
    el('td', { className: 'm when', title: device.lastSeen }, ago(device.lastSeen)),
    el('td', {}, el('span', { className: 'status', 'data-status': device.status }, device.status)),
    el('td', { className: 'acts' }, lockButton, wipeButton),
  );
  const mark = () => {
    if (selected.has(device.id)) line.dataset.picked = '';
    else delete line.dataset.picked;
  };
  tick.onchange = () => {
    if (tick.checked) selected.set(device.id, device.name);
    else selected.delete(device.id);
    mark();
    showSelection();
  };
  mark();
  return line;
}

function showSelection() {
  $('#bulk').hidden = selected.size === 0;
  $('#picked').textContent = `${selected.size} selected`;
  const ticks = [...rows.querySelectorAll('input[type=checkbox]')];
  $('#all').checked = ticks.length > 0 && ticks.every((tick) => tick.checked);
}

async function load() {
  const query = new URLSearchParams({
    search: filters.elements.search.value,
    status: filters.elements.status.value,
    page,
    size: SIZE,
  });
  const found = await call('GET', `/api/devices?${query}`);
  if (!found) return;
  total = found.total;
  const empty = el(
    'tr',
    {},
    el('td', { colSpan: 7, className: 'empty' }, 'No device matches. Try fewer words or another state.'),
  );
  rows.replaceChildren(...(total === 0 ? [empty] : found.devices.map(row)));
  const last = Math.min(page * SIZE, total);
  $('#total').textContent = total === 1 ? '1 device' : `${total} devices`;
  $('#where').textContent = total === 0 ? '' : `${(page - 1) * SIZE + 1} to ${last} of ${total}`;
  $('#prev').disabled = page === 1;
  $('#next').disabled = last >= total;
  showSelection();
}

function turn(to) {
  page = to;
  load();
}

const search = later(() => turn(1));
filters.oninput = search;
filters.onsubmit = (event) => {
  event.preventDefault();
  turn(1);
};
$('#prev').onclick = () => turn(page - 1);
$('#next').onclick = () => turn(page + 1);
$('#clear').onclick = () => {
  selected.clear();
  load();
};
$('#all').onchange = (event) => {
  // Read once: each tick below sets this box anew.
  const wanted = event.target.checked;
  for (const tick of rows.querySelectorAll('input[type=checkbox]')) {
    if (tick.checked !== wanted) tick.click();
  }
};
for (const button of document.querySelectorAll('[data-bulk]')) button.onclick = () => bulk(button.dataset.bulk);
await load();
