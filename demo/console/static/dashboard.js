// The activity list: what happened lately, then what happens now.

import { ago, call, el } from './base.js';

const SHOWN = 6;
const list = document.querySelector('#activity');
const state = document.querySelector('#live-state');

function line(event) {
  const loud = /wipe|lock|retire/.test(event.type) ? '' : undefined;
  const time = el('time', { dateTime: event.at, title: event.at }, ago(event.at));
  return el('li', { 'data-loud': loud }, el('b', {}, event.name ?? 'Acme MDM'), time, el('small', {}, event.text));
}

const stats = await call('GET', '/api/stats');
list.replaceChildren(...(stats?.recent ?? []).slice(0, SHOWN).map(line));
if (list.childElementCount === 0)
  list.append(el('li', {}, el('small', {}, 'Nothing yet. Devices report every few seconds.')));

const stream = new EventSource('/api/stream');
stream.onopen = () => {
  state.textContent = 'live';
  state.dataset.on = '';
};
stream.onerror = () => {
  state.textContent = 'connecting again';
  delete state.dataset.on;
};
stream.addEventListener('device', (message) => {
  if (list.querySelector('b') === null) list.replaceChildren();
  list.prepend(line(JSON.parse(message.data)));
  while (list.childElementCount > SHOWN) list.lastElementChild.remove();
});
