// The first page: how the fleet is, at a glance. Drawn on the server; the activity list comes alive by script.

import { type Html, html } from '../html.ts';
import type { Route } from '../route.ts';
import type { ConsoleState } from '../state.ts';
import { type IconName, icon } from './icons.ts';
import { sendPage } from './layout.ts';

const HOURS = [
  212, 188, 171, 160, 158, 176, 231, 318, 402, 447, 461, 452, 428, 441, 456, 449, 430, 398, 351, 310, 288, 262, 241,
  226,
];
const SLICES = ['c1', 'c2', 'c3', 'c4', 'c5'];

function tile(label: string, value: number | string, note: string, name: IconName, tone: string): Html {
  return html`<article class="card tile ${tone}"><span class="badge">${icon(name)}</span><div><h2>${label}</h2><p class="figure">${value}</p><p class="note">${note}</p></div></article>`;
}

function areaChart(): Html {
  const width = 640;
  const height = 190;
  const highest = 500;
  const points = HOURS.map((value, hour) => [
    Math.round((hour / (HOURS.length - 1)) * width),
    Math.round(height - (value / highest) * height),
  ]);
  const line = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  const grid = [0.25, 0.5, 0.75].map(
    (part) => html`<line x1="0" x2="${width}" y1="${height * part}" y2="${height * part}"/>`,
  );
  const labels = ['24 h ago', '18 h', '12 h', '6 h', 'now'].map(
    (text, index) =>
      html`<text x="${(index * width) / 4}" y="${height + 22}" text-anchor="${index === 0 ? 'start' : index === 4 ? 'end' : 'middle'}">${text}</text>`,
  );
  return html`<svg class="area" viewBox="0 0 ${width} ${height + 28}" role="img" aria-label="Check-ins per hour: lowest at night with 158, highest in the morning with 461"><defs><linearGradient id="fade" x1="0" x2="0" y1="0" y2="1"><stop class="from" offset="0"/><stop class="to" offset="1"/></linearGradient></defs><g class="grid">${grid}</g><path class="fill" d="${line}L${width} ${height}L0 ${height}Z"/><path class="line" d="${line}"/>${labels}</svg>`;
}

function donut(parts: readonly (readonly [string, number])[], total: number): Html {
  const radius = 54;
  const around = 2 * Math.PI * radius;
  let before = 0;
  const rings = parts.map(([, count], index) => {
    const length = (count / total) * around;
    const ring = html`<circle class="${SLICES[index % SLICES.length] ?? ''}" r="${radius}" cx="70" cy="70" stroke-dasharray="${Math.max(0, length - 2.5).toFixed(1)} ${around.toFixed(1)}" stroke-dashoffset="${(-before).toFixed(1)}"/>`;
    before += length;
    return ring;
  });
  const legend = parts.map(
    ([name, count], index) =>
      html`<li><span class="dot ${SLICES[index % SLICES.length] ?? ''}"></span>${name}<b>${count}</b></li>`,
  );
  return html`<div class="donut"><svg viewBox="0 0 140 140" aria-hidden="true"><g transform="rotate(-90 70 70)">${rings}</g><text x="70" y="69" text-anchor="middle" class="big">${total}</text><text x="70" y="88" text-anchor="middle">devices</text></svg><ul>${legend}</ul></div>`;
}

export function createDashboardRoutes(state: ConsoleState): Route[] {
  return [
    {
      method: 'GET',
      path: '/',
      access: 'page',
      handle: async ({ req, res, session }) => {
        const { byStatus, byPlatform, devices, users } = state.stats();
        const compliant = byStatus.Compliant ?? 0;
        const attention = state.devices.filter((device) => device.status === 'Attention').slice(0, 6);
        const platforms = Object.entries(byPlatform).sort((a, b) => b[1] - a[1]);
        const content = html`<div class="head"><div><h1>Good to see you</h1><p class="lead">Here is how the fleet of Acme Corp is doing.</p></div><a class="button primary" href="/devices">${icon('devices')}All devices</a></div>
<div class="tiles">${tile('Managed devices', devices, '12 new this week', 'devices', 't1')}${tile('Compliant', `${Math.round((compliant / devices) * 100)} %`, `${compliant} of ${devices} devices`, 'check', 't2')}${tile('Need attention', byStatus.Attention ?? 0, `${byStatus.Offline ?? 0} more are offline`, 'alert', 't3')}${tile('People', users, '8 departments', 'users', 't4')}</div>
<div class="board"><section class="card wide"><div class="card-head"><h2>Check-ins per hour</h2><span class="note">last 24 hours</span></div>${areaChart()}</section>
<section class="card"><div class="card-head"><h2>Platforms</h2></div>${donut(platforms, devices)}</section>
<section class="card wide"><div class="card-head"><h2>Needs attention</h2><a href="/devices?status=Attention">See all</a></div><ul class="rows">${attention.map((device) => html`<li><a href="/devices/${device.id}"><b>${device.name}</b><small>${device.id}, ${device.model}</small></a><span class="why">${device.passcode ? (device.encrypted ? 'Update overdue' : 'Not encrypted') : 'No passcode'}</span></li>`)}</ul></section>
<section class="card"><div class="card-head"><h2>Live activity</h2><span class="pulse" id="live-state">connecting</span></div><ul class="feed" id="activity" aria-live="off"><li class="ghost-line"></li><li class="ghost-line"></li><li class="ghost-line"></li><li class="ghost-line"></li></ul></section></div>`;
        await sendPage(req, res, session, { title: 'Dashboard', section: '/', content, script: 'dashboard.js' });
      },
    },
  ];
}
