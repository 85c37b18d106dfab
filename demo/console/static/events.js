// The live view: events come by WebSocket; the event stream runs beside it as the fallback and is counted.

import { el } from './base.js';

const SHOWN = 60;
const rows = document.querySelector('#rows');
const socketState = document.querySelector('#ws-state');
const streamState = document.querySelector('#sse-state');
let received = 0;

function tell(node, text, on) {
  node.textContent = text;
  if (on) node.dataset.on = '';
  else delete node.dataset.on;
}

function show(event) {
  if (rows.querySelector('.empty')) rows.replaceChildren();
  const device = event.device
    ? el('a', { className: 'name', href: `/devices/${event.device}` }, event.name)
    : 'Acme MDM';
  rows.prepend(
    el(
      'tr',
      {},
      el('td', { className: 'when', title: event.at }, new Date(event.at).toLocaleTimeString([], { hour12: false })),
      el('td', {}, device, event.device ? el('small', {}, event.device) : undefined),
      el('td', {}, event.text),
      el('td', { className: 'm' }, el('code', {}, event.type)),
    ),
  );
  while (rows.childElementCount > SHOWN) rows.lastElementChild.remove();
}

function connect(wait = 1000) {
  const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/ws/events`);
  socket.onopen = () => {
    wait = 1000;
    socket.send(JSON.stringify({ subscribe: 'devices' }));
  };
  socket.onmessage = (message) => {
    const event = JSON.parse(message.data);
    if (event.type === 'subscribed') tell(socketState, 'Socket: live', true);
    else if (event.at) show(event);
  };
  socket.onclose = ({ code }) => {
    if (code === 4001) {
      tell(socketState, 'Socket: signed out', false);
      return;
    }
    tell(socketState, 'Socket: connecting again', false);
    setTimeout(() => connect(Math.min(wait * 2, 15000)), wait);
  };
}

const stream = new EventSource('/api/stream');
stream.onopen = () => tell(streamState, 'Stream: live', true);
stream.onerror = () => tell(streamState, 'Stream: connecting again', false);
stream.addEventListener('device', () => {
  received += 1;
  tell(streamState, `Stream: ${received} received`, true);
});
connect();
