// The device list (a shell that its script fills) and the page of one device (drawn on the server).

import { html } from '../html.ts';
import { DEVICE_STATUSES, type Device, type Platform } from '../model.ts';
import type { Route } from '../route.ts';
import type { ConsoleState } from '../state.ts';
import { type IconName, icon } from './icons.ts';
import { sendPage } from './layout.ts';

const ICONS: Record<Platform, IconName> = {
  iPadOS: 'tablet',
  iOS: 'phone',
  Android: 'phone',
  macOS: 'laptop',
  Windows: 'laptop',
};

const LIST = html`<div class="head"><div><h1>Devices</h1><p class="lead" id="total">Loading the fleet</p></div></div>
<section class="card flush"><form class="filters" id="filters" role="search" aria-label="This list"><label class="search">${icon('search')}<span class="sr">Search devices</span><input type="search" name="search" placeholder="Name, owner, model, serial" autocomplete="off"></label>
<label><span class="sr">Status</span><select name="status"><option value="">All states</option>${DEVICE_STATUSES.map((status) => html`<option>${status}</option>`)}</select></label></form>
<div class="scroll"><table class="list" id="devices"><caption class="sr">Devices</caption><thead><tr><th class="tick"><input type="checkbox" id="all" aria-label="Select all on this page"></th><th>Device</th><th class="m">Owner</th><th class="m">System</th><th class="m">Last seen</th><th>Status</th><th class="acts"><span class="sr">Actions</span></th></tr></thead><tbody id="rows"></tbody></table></div>
<div class="pager"><button type="button" id="prev" disabled>Previous</button><span id="where"></span><button type="button" id="next" disabled>Next</button></div></section>
<div class="bulk" id="bulk" role="region" aria-label="Selected devices" hidden><b id="picked"></b><button type="button" data-bulk="lock">${icon('lock')}Lock</button><button type="button" data-bulk="retire">Retire</button><button type="button" class="danger" data-bulk="wipe">${icon('wipe')}Wipe</button><button type="button" class="ghost" id="clear">Clear</button></div>`;

function detail(device: Device, state: ConsoleState) {
  const fact = (name: string, value: string | number) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  const health = (good: boolean, yes: string, no: string) =>
    html`<li class="${good ? 'good' : 'bad'}">${icon(good ? 'check' : 'alert')}${good ? yes : no}</li>`;
  const installed = state.profiles.filter((profile) => device.profiles.includes(profile.id));
  return html`<p class="crumbs"><a href="/devices">Devices</a> / <span>${device.id}</span></p>
<div class="head device" id="device" data-id="${device.id}" data-name="${device.name}"><span class="portrait">${icon(ICONS[device.platform])}</span><div><div class="titled"><h1 id="name">${device.name}</h1><span class="status" data-status="${device.status}" id="status">${device.status}</span></div><p class="lead">${device.model}, ${device.platform} ${device.os}, ${device.owner}</p></div>
<div class="actions"><button type="button" id="rename">${icon('rename')}Rename</button><button type="button" id="install">${icon('plus')}Install profile</button><button type="button" id="lock">${icon('lock')}Lock</button><button type="button" class="danger" id="wipe">${icon('wipe')}Wipe</button></div></div>
<div class="board"><section class="card wide"><div class="card-head"><h2>Hardware</h2></div><dl class="facts">${fact('Serial number', device.serial)}${fact('Model', device.model)}${fact('System', `${device.platform} ${device.os}`)}${fact('Storage', `${device.freeGb} GB free of ${device.storageGb} GB`)}${fact('Battery', `${device.battery} %`)}${fact('Device id', device.id)}</dl></section>
<section class="card"><div class="card-head"><h2>Security</h2></div><ul class="health">${health(device.encrypted, 'Storage is encrypted', 'Storage is not encrypted')}${health(device.passcode, 'Passcode meets the policy', 'No passcode set')}${health(device.status === 'Compliant' || device.status === 'Locked', 'System is up to date', 'Needs a look')}</ul></section>
<section class="card wide"><div class="card-head"><h2>Profiles</h2></div><ul class="rows" id="profiles">${installed.map((profile) => html`<li><span><b>${profile.name}</b><small>${profile.kind}, ${profile.description}</small></span><button type="button" class="ghost" data-remove="${profile.id}" data-name="${profile.name}">Remove</button></li>`)}</ul><p class="empty"${installed.length > 0 ? html` hidden` : ''}>No profiles. Install one to configure this device.</p></section>
<section class="card"><div class="card-head"><h2>Ownership</h2></div><dl class="facts one">${fact('Assigned to', device.owner)}<div><dt>Enrolled</dt><dd><time datetime="${device.enrolled}">${device.enrolled.slice(0, 10)}</time></dd></div><div><dt>Last seen</dt><dd><time datetime="${device.lastSeen}">${device.lastSeen.slice(0, 16)}</time></dd></div>${fact('Wipe commands', device.wipes)}</dl></section>
<section class="card full"><div class="card-head"><h2>History</h2></div><ul class="rows history" id="history">${device.history.map((entry) => html`<li><span>${entry.text}</span><time datetime="${entry.at}">${entry.at.slice(0, 16)}</time></li>`)}</ul></section></div>`;
}

export function createDevicePages(state: ConsoleState): Route[] {
  return [
    {
      method: 'GET',
      path: '/devices',
      access: 'page',
      handle: ({ req, res, session }) =>
        sendPage(req, res, session, { title: 'Devices', section: '/devices', content: LIST, script: 'devices.js' }),
    },
    {
      method: 'GET',
      path: '/devices/:id',
      access: 'page',
      handle: async ({ req, res, session, param }) => {
        const device = state.device(param('id'));
        if (device === undefined) {
          const content = html`<div class="void"><h1>No such device</h1><p class="lead">There is no device ${param('id')} here.</p><a class="button" href="/devices">All devices</a></div>`;
          await sendPage(req, res, session, { title: 'Not found', section: '/devices', content, status: 404 });
          return;
        }
        await sendPage(req, res, session, {
          title: device.name,
          section: '/devices',
          content: detail(device, state),
          script: 'device.js',
        });
      },
    },
  ];
}
