// The page of one device. Lock goes by XMLHttpRequest, everything else by fetch.

import { ask, askWipe, call, el, send, toast, toastAfterLoad } from './base.js';

const $ = (selector) => document.querySelector(selector);
const { id, name } = $('#device').dataset;
const path = `/api/devices/${id}`;

async function refresh() {
  const device = await call('GET', path);
  if (!device) return;
  $('#status').dataset.status = device.status;
  $('#status').textContent = device.status;
  $('#name').textContent = device.name;
  const entries = device.history.map((entry) =>
    el(
      'li',
      {},
      el('span', {}, entry.text),
      el('time', { dateTime: entry.at, title: entry.at }, new Date(entry.at).toLocaleString()),
    ),
  );
  $('#history').replaceChildren(...entries);
}

$('#lock').onclick = async () => {
  const answer = await ask({
    title: `Lock ${name}?`,
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
  const done = await send('POST', `${path}/lock`, answer.message === '' ? {} : { message: answer.message });
  if (done) toast(done.message);
  await refresh();
};

$('#wipe').onclick = async () => {
  const answer = await askWipe(
    `Wipe ${name}?`,
    'Erases everything on the device. This cannot be undone.',
    'Wipe device',
  );
  if (!answer) return;
  const body = Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== ''));
  const done = await call('POST', `${path}/wipe`, body);
  if (done) toast(done.message);
  await refresh();
};

$('#rename').onclick = async () => {
  const answer = await ask({
    title: 'Rename device',
    button: 'Rename',
    fields: [{ name: 'name', label: 'Name', value: $('#name').textContent, required: true, maxLength: 80 }],
  });
  if (!answer) return;
  const done = await call('PATCH', path, { name: answer.name });
  if (done) toast(done.message);
  await refresh();
};

$('#install').onclick = async () => {
  const found = await call('GET', '/api/profiles');
  if (!found) return;
  const answer = await ask({
    title: `Install a profile on ${name}`,
    text: 'The device takes it up at its next check-in.',
    button: 'Install',
    fields: [
      {
        name: 'profile_id',
        label: 'Profile',
        options: found.profiles.map((profile) => [profile.id, `${profile.name} (${profile.kind})`]),
      },
    ],
  });
  if (!answer) return;
  const done = await call('POST', `${path}/profiles`, { profile_id: answer.profile_id });
  if (!done) return;
  toastAfterLoad(done.message);
  location.reload();
};

for (const button of document.querySelectorAll('[data-remove]')) {
  button.onclick = async () => {
    const answer = await ask({
      title: `Remove ${button.dataset.name}?`,
      text: `Its settings leave ${name}.`,
      button: 'Remove',
      danger: true,
    });
    if (!answer) return;
    const done = await call('DELETE', `${path}/profiles/${button.dataset.remove}`);
    if (!done) return;
    toastAfterLoad(done.message);
    location.reload();
  };
}
