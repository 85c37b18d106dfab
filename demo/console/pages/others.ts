// Profiles, apps and events: shells that their scripts fill.

import { type Html, html } from '../html.ts';
import type { Route } from '../route.ts';
import { icon } from './icons.ts';
import { sendPage } from './layout.ts';

const PROFILES = html`<div class="head"><div><h1>Profiles</h1><p class="lead">Settings that devices receive over the air.</p></div><button type="button" class="primary" id="create">${icon('plus')}New profile</button></div>
<div class="grid" id="cards"><article class="card ghost-card"></article><article class="card ghost-card"></article><article class="card ghost-card"></article></div>`;

const APPS = html`<div class="head"><div><h1>Apps</h1><p class="lead">The catalogue that people see on their devices.</p></div></div>
<div class="board"><section class="card flush wide"><div class="scroll"><table class="list"><caption class="sr">Apps</caption><thead><tr><th>App</th><th class="m">Platform</th><th class="n m">Size</th><th class="m roomy">SHA-256</th><th class="acts"><span class="sr">Download</span></th></tr></thead><tbody id="rows"></tbody></table></div></section>
<section class="card"><div class="card-head"><h2>Upload an app</h2></div><form id="upload" class="stack" method="post" action="/api/apps" enctype="multipart/form-data"><label class="drop">${icon('upload')}<b id="chosen">Choose a package</b><small>.ipa, .apk, .msi, .pkg up to 2 GB</small><input type="file" name="file" required></label>
<label>Name<input name="name" maxlength="80" autocomplete="off" placeholder="Same as the file"></label><label>Version<input name="version" maxlength="20" value="1.0" autocomplete="off"></label>
<label>Platform<select name="platform"><option>All</option><option>iPadOS</option><option>iOS</option><option>macOS</option><option>Android</option><option>Windows</option></select></label>
<progress id="progress" max="100" value="0" hidden aria-label="Upload"></progress><button class="primary">Upload</button></form></section></div>`;

const EVENTS = html`<div class="head"><div><h1>Events</h1><p class="lead">What devices report, as it happens.</p></div><div class="actions"><span class="pulse" id="ws-state">Socket: connecting</span><span class="pulse" id="sse-state">Stream: connecting</span></div></div>
<section class="card flush"><div class="scroll"><table class="list"><caption class="sr">Events</caption><thead><tr><th>Time</th><th>Device</th><th>What</th><th class="m">Type</th></tr></thead><tbody id="rows"><tr><td colspan="4" class="empty">Waiting for the first event</td></tr></tbody></table></div></section>`;

function shell(path: string, title: string, content: Html, script: string): Route {
  return {
    method: 'GET',
    path,
    access: 'page',
    handle: ({ req, res, session }) => sendPage(req, res, session, { title, section: path, content, script }),
  };
}

export function createOtherPages(): Route[] {
  return [
    shell('/profiles', 'Profiles', PROFILES, 'profiles.js'),
    shell('/apps', 'Apps', APPS, 'apps.js'),
    shell('/events', 'Events', EVENTS, 'events.js'),
  ];
}
