// What every page needs: calls with the CSRF token, toasts, dialogs, times, the theme switch.

const token = document.querySelector('meta[name="csrf-token"]')?.content ?? '';

export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node) node[name] = value;
    else if (value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== undefined));
  return node;
}

export function toast(text, bad = false) {
  const note = el('div', { className: bad ? 'toast bad' : 'toast' }, text);
  document.querySelector('#toasts').append(note);
  setTimeout(() => note.remove(), bad ? 9000 : 5000);
}

/** Words for a refused call: the server's own when it has some. */
function faultOf(status, text) {
  try {
    const { error, title, detail } = JSON.parse(text);
    return String(error ?? title ?? detail);
  } catch {
    return `The server answered ${status}`;
  }
}

/** A JSON call with fetch. Resolves to the answer, or shows a toast and resolves to undefined. */
export async function call(method, path, body) {
  const headers = { accept: 'application/json' };
  if (method !== 'GET') headers['x-csrf-token'] = token;
  if (body !== undefined) headers['content-type'] = 'application/json';
  try {
    const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text);
    toast(faultOf(answer.status, text), true);
  } catch {
    toast('The server cannot be reached', true);
  }
  return undefined;
}

/** The same with XMLHttpRequest, for what the console has done that way since 2014. `body`: an object or FormData. */
export function send(method, path, body, onProgress) {
  return new Promise((resolve) => {
    const xhr = new XMLHttpRequest();
    xhr.open(method, path);
    xhr.setRequestHeader('Accept', 'application/json');
    xhr.setRequestHeader('X-CSRF-Token', token);
    xhr.setRequestHeader('X-Requested-With', 'XMLHttpRequest');
    if (onProgress) xhr.upload.onprogress = (event) => onProgress(event.loaded, event.total);
    xhr.onload = () => {
      if (xhr.status >= 200 && xhr.status < 300) {
        resolve(JSON.parse(xhr.responseText));
        return;
      }
      toast(faultOf(xhr.status, xhr.responseText), true);
      resolve(undefined);
    };
    xhr.onerror = () => {
      toast('The server cannot be reached', true);
      resolve(undefined);
    };
    if (body instanceof FormData) {
      xhr.send(body);
    } else {
      xhr.setRequestHeader('Content-Type', 'application/json');
      xhr.send(JSON.stringify(body));
    }
  });
}

/** Asks in a dialog. Resolves to the fields, or undefined when cancelled. Fields: {name, label, ...attributes | options}. */
export function ask({ title, text, fields = [], button, danger = false }) {
  return new Promise((resolve) => {
    const inputs = fields.map(({ label, options, ...attributes }) => {
      const control = options
        ? el('select', attributes, ...options.map(([value, name]) => el('option', { value }, name)))
        : el('input', { autocomplete: 'off', ...attributes });
      return el('label', {}, label, control);
    });
    const cancel = el('button', { type: 'button' }, 'Cancel');
    const form = el(
      'form',
      { className: 'stack', method: 'dialog' },
      ...inputs,
      el(
        'div',
        { className: 'actions' },
        cancel,
        el('button', { className: danger ? 'danger solid' : 'primary', value: 'yes' }, button),
      ),
    );
    const dialog = el(
      'dialog',
      { 'aria-label': title },
      el('h2', {}, title),
      text ? el('p', {}, text) : undefined,
      form,
    );
    cancel.onclick = () => dialog.close('');
    dialog.onclose = () => {
      resolve(dialog.returnValue === 'yes' ? Object.fromEntries(new FormData(form)) : undefined);
      dialog.remove();
    };
    document.body.append(dialog);
    dialog.showModal();
  });
}

export const askWipe = (title, text, button) =>
  ask({
    title,
    text,
    button,
    danger: true,
    fields: [
      { name: 'reason', label: 'Reason', maxLength: 200, placeholder: 'Lost, stolen, handed in' },
      { name: 'pin', label: 'Unlock PIN for Macs (optional)', pattern: '\\d{6}', inputMode: 'numeric', maxLength: 6 },
    ],
  });

export function ago(iso) {
  const minutes = Math.round((Date.now() - Date.parse(iso)) / 60000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 2880) return `${Math.round(minutes / 60)} h ago`;
  return `${Math.round(minutes / 1440)} days ago`;
}

export function later(action, ms = 200) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), ms);
  };
}

export function fileSize(bytes) {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

const SHAPES = {
  tablet: 'M4.5 2.5h11a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1zM9 15h2',
  phone: 'M6.5 2.5h7a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1zM9 15h2',
  laptop: 'M5 4.5h10a1 1 0 0 1 1 1V13H4V5.5a1 1 0 0 1 1-1zM2.5 15.5h15',
};
const SHAPE_OF = { iPadOS: 'tablet', iOS: 'phone', Android: 'phone' };

export function platformIcon(platform) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('class', 'icon line');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', SHAPES[SHAPE_OF[platform] ?? 'laptop']);
  svg.append(path);
  return svg;
}

/** Text put on screen by a page before a navigation, shown after it. */
export function toastAfterLoad(text) {
  sessionStorage.setItem('acme-toast', text);
}

const waiting = sessionStorage.getItem('acme-toast');
if (waiting) {
  sessionStorage.removeItem('acme-toast');
  toast(waiting);
}
for (const time of document.querySelectorAll('time[datetime]')) {
  time.title = time.dateTime;
  time.textContent = ago(time.dateTime);
}
document.querySelector('[data-theme-switch]').onclick = () => {
  const theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  localStorage.setItem('acme-theme', theme);
};
