// The profile catalogue.

import { ago, ask, call, el, toast } from './base.js';

const cards = document.querySelector('#cards');

function card(profile) {
  return el(
    'article',
    { className: 'card', 'data-id': profile.id },
    el('span', { className: 'kind', 'data-kind': profile.kind }, profile.kind),
    el('h2', {}, profile.name),
    el('p', {}, profile.description || 'No description'),
    el(
      'footer',
      {},
      el('span', {}, profile.devices === 1 ? '1 device' : `${profile.devices} devices`),
      el('time', { dateTime: profile.updated, title: profile.updated }, `changed ${ago(profile.updated)}`),
    ),
  );
}

async function load() {
  const found = await call('GET', '/api/profiles');
  if (found) cards.replaceChildren(...found.profiles.map(card));
}

document.querySelector('#create').onclick = async () => {
  const answer = await ask({
    title: 'New profile',
    button: 'Create profile',
    fields: [
      { name: 'name', label: 'Name', required: true, maxLength: 80 },
      {
        name: 'kind',
        label: 'Kind',
        options: ['Network', 'Security', 'Restrictions', 'Updates', 'Accounts'].map((kind) => [kind, kind]),
      },
      { name: 'description', label: 'Description', maxLength: 160 },
    ],
  });
  if (!answer) return;
  const done = await call('POST', '/api/profiles', answer);
  if (done) toast(done.message);
  await load();
};
await load();
