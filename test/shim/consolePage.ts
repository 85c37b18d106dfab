// The console of the shim's tests: a page with its own script and style under a strict policy. What its code gets back
// from each request it keeps in `window.got`, so that the tests can ask what the page saw.

const SCRIPT = `
const got = (window.got = {});
const el = (id) => document.getElementById(id);
const on = (id, run) => el(id)?.addEventListener('click', run);
const keep = (name) => async (answer) => { got[name] = { status: answer.status, body: await answer.text(), refused: answer.headers.get('X-Sallyport-Refused') }; };
const post = (path, body, headers = { 'content-type': 'application/json' }) => fetch(path, { method: 'POST', headers, body });
const fail = (name) => (error) => { got[name] = { error: error.name }; };
window.keys = [];
document.addEventListener('keydown', (event) => window.keys.push(event.key));

on('wipe', () => { got.wipe = null; post('/api/devices/d-0142/wipe', JSON.stringify({ pin: '1234', note: 'é' })).then(keep('wipe'), fail('wipe')); });
on('bulk', () => post('/api/devices/wipe', JSON.stringify({ ids: ['d-0100'] })).then(keep('bulk'), fail('bulk')));
on('profile', () => post('/api/profile', '{}').then(keep('profile')));
on('lock', () => post('/api/devices/d-0142/lock', '{}').then(keep('lock')));
on('forbidden', () => post('/api/forbidden', '{}').then(keep('forbidden')));
on('gone', () => { fetch('/api/gone').then(keep('gone')); fetch('/api/gone').then(keep('gone2')); });
on('rename', () => fetch(new Request('/api/rename', { method: 'PUT', body: new URLSearchParams({ name: 'a b&c' }) })).then(keep('rename')));
on('buffer', () => { const bytes = new Uint8Array([1, 2, 3, 250]); post('/api/rename', bytes, {}).then(keep('buffer')); bytes.fill(0); });
on('abort', () => { const stop = new AbortController(); window.stop = stop; fetch('/api/rename', { method: 'POST', body: 'x', signal: stop.signal }).then(keep('abort'), fail('abort')); });
const form = () => { const data = new FormData(); data.append('app "q"', 'line\\nbreak'); data.append('file', new File(['PK\\u0003\\u0004 bytes'], 'nötes "2".apk', { type: 'application/x-apk' })); return data; };
on('upload', () => fetch('/api/upload', { method: 'POST', body: form() }).then(keep('upload')));

on('socket', () => { window.socket = new WebSocket('/socket'); window.socket.onopen = () => { got.socket = window.socket instanceof WebSocket && WebSocket.OPEN === 1; }; });

if (location.pathname === '/polling') setInterval(() => post('/api/forbidden', '{}'), 60);

function xhr(name, path, body, type = '') {
  const request = new XMLHttpRequest();
  const events = [];
  for (const event of ['readystatechange', 'load', 'loadend', 'error', 'abort']) request.addEventListener(event, () => events.push(event === 'readystatechange' ? 'state' + request.readyState : event));
  request.onload = () => { got[name] = { status: request.status, events, body: request.responseType === 'json' ? request.response : request.responseText, refused: request.getResponseHeader('X-Sallyport-Refused') }; };
  request.onabort = () => { got[name] = { aborted: true, events }; };
  request.responseType = type;
  request.open('POST', path);
  request.setRequestHeader('X-Csrf', 'token');
  if (typeof body === 'string') request.setRequestHeader('content-type', 'application/json');
  request.send(body);
  return request;
}
on('xwipe', () => { window.x = xhr('xwipe', '/api/devices/d-0142/wipe', '{"pin":"1234"}', 'json'); });
on('xlock', () => xhr('xlock', '/api/devices/d-0142/lock', '{}'));
on('xupload', () => xhr('xupload', '/api/upload', form()));
on('danger', () => { got.danger = null; post('/api/devices/many/wipe', '{"ids":6}').then(keep('danger'), fail('danger')); });
on('admins', () => post('/api/admins', '{"name":"eve"}').then(keep('admins')));
on('tokens', () => post('/api/tokens', '{}').then(keep('tokens')));
on('spent', () => post('/api/spent', '{}').then(keep('spent')));
on('package', () => fetch('/api/package?v=2', { method: 'POST', body: form() }).then(keep('package')));
on('xpackage', () => { window.x = xhr('xpackage', '/api/package', form()); });
on('xfine', () => xhr('xfine', '/api/fine', '{}'));
on('modal', () => { el('own').showModal(); });
on('inmodal', () => post('/api/devices/d-0142/lock', '{}').then(keep('inmodal')));
`;

const STYLE = `
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:0;background:Canvas;color:CanvasText}
header{background:#12324a;color:#fff;padding:14px 24px;font-weight:600}main{padding:20px 24px;display:grid;gap:18px}
button{padding:8px 14px;text-transform:uppercase;letter-spacing:2px}td,th{padding:6px 14px;text-align:left}
div{color:crimson}dialog{border:9px solid lime}*{box-sizing:content-box}`;

const BUTTONS =
  'wipe bulk profile lock forbidden gone rename buffer abort upload xwipe xlock xupload xfine modal socket ' +
  'danger admins tokens spent package xpackage';

export function consolePage(path: string, nonce: string, shim: string): string {
  const buttons = BUTTONS.split(' ')
    .map((id) => `<button id="${id}">${id}</button>`)
    .join(' ');
  const rows = Array.from({ length: 9 }, (_, at) => `<tr><td>d-01${40 + at}</td><td>iPad of Marie</td></tr>`).join('');
  return `<!doctype html><html lang="en"><head><script src="${shim}" nonce="${nonce}"${path === '/sockets' ? ' data-messages' : ''}></script><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Example MDM</title><style nonce="${nonce}">${STYLE}</style></head>
<body><header>Example MDM</header><main><h1>${path === '/done' ? 'Saved' : 'Devices'}</h1><p>${buttons}</p>
<form method="post" action="/settings"><label>Name <input name="name" value="Acme &amp; Söhne"></label><label>Notes <textarea name="notes">two
lines "quoted"</textarea></label><input type="hidden" name="csrf" value="t&lt;k"><button id="save" name="submit" value="save">Save</button></form>
<form method="post" action="/enrol"><button id="enrol">Enrol</button></form>
<form method="post" action="/settings" enctype="multipart/form-data"><input name="a" value="b" aria-label="a"><button id="multi">Send as parts</button></form>
<table><tr><th>Device</th><th>Name</th></tr>${rows}</table><dialog id="own"><p>Sure?</p><button id="inmodal">yes</button></dialog></main>
<script nonce="${nonce}">${SCRIPT}</script></body></html>`;
}
