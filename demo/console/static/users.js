// The list of people, and adding one without leaving it.

import { ask, call, el, later, toast } from './base.js';

const rows = document.querySelector('#rows');
const filters = document.querySelector('#filters');

function row(user) {
  const initials = user.name
    .split(' ')
    .map((part) => part[0])
    .join('')
    .slice(0, 2);
  return el(
    'tr',
    { 'data-id': user.id },
    el(
      'td',
      {},
      el(
        'div',
        { className: 'cell' },
        el('span', { className: 'glyph', 'aria-hidden': 'true' }, initials),
        el('div', {}, el('b', {}, user.name), el('small', {}, user.id)),
      ),
    ),
    el('td', { className: 'm' }, user.email),
    el('td', {}, user.department),
    el('td', { className: 'm' }, user.role),
  );
}

async function load() {
  const found = await call('GET', `/api/users?${new URLSearchParams({ search: filters.elements.search.value })}`);
  if (!found) return;
  document.querySelector('#total').textContent = found.total === 1 ? '1 person' : `${found.total} people`;
  const empty = el('tr', {}, el('td', { colSpan: 4, className: 'empty' }, 'Nobody matches. Try fewer words.'));
  rows.replaceChildren(...(found.total === 0 ? [empty] : found.users.map(row)));
}

filters.oninput = later(load);
filters.onsubmit = (event) => {
  event.preventDefault();
  load();
};
document.querySelector('#quick').onclick = async () => {
  const answer = await ask({
    title: 'Quick add',
    text: 'Adds a member of Operations. The form has more choices.',
    button: 'Add user',
    fields: [
      { name: 'name', label: 'Full name', required: true, maxLength: 80 },
      { name: 'email', label: 'E-mail', type: 'email', required: true, maxLength: 120 },
    ],
  });
  if (!answer) return;
  const done = await call('POST', '/api/users', { name: answer.name, email: answer.email });
  if (done) toast(done.message);
  await load();
};
await load();
if (new URLSearchParams(location.search).has('added')) {
  toast('User created');
  history.replaceState(null, '', '/users');
}
