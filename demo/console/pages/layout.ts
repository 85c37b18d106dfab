// The frame around every page, and the strict Content-Security-Policy that goes with it: a fresh nonce per answer,
// every script carries it, no inline style attributes.

import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer } from '../answer.ts';
import { type Html, html } from '../html.ts';
import type { ConsoleSession } from '../sessions.ts';
import { type IconName, icon, LOGO } from './icons.ts';

export interface Page {
  readonly title: string;
  /** The current entry of the navigation; none on the login page. */
  readonly section?: string;
  readonly content: Html;
  /** A script of /assets to load on this page. */
  readonly script?: string;
  readonly status?: number;
}

const NAVIGATION: readonly { path: string; label: string; icon: IconName }[] = [
  { path: '/', label: 'Dashboard', icon: 'home' },
  { path: '/devices', label: 'Devices', icon: 'devices' },
  { path: '/users', label: 'Users', icon: 'users' },
  { path: '/profiles', label: 'Profiles', icon: 'profiles' },
  { path: '/apps', label: 'Apps', icon: 'apps' },
  { path: '/events', label: 'Events', icon: 'events' },
];

const STYLES = ['base', 'controls', 'cards', 'lists', 'tables', 'login'];

function contentPolicy(nonce: string): string {
  return [
    "default-src 'self'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self' ws: wss:",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function frame(page: Page, session: ConsoleSession): Html {
  const links = NAVIGATION.map(
    ({ path, label, icon: name }) =>
      html`<a href="${path}"${path === page.section ? html` aria-current="page"` : ''}>${icon(name)}<span>${label}</span></a>`,
  );
  return html`<a class="skip" href="#main">Skip to content</a>
<aside class="side"><a class="brand" href="/">${LOGO}<span>Acme <b>MDM</b></span></a><nav aria-label="Main">${links}</nav>
<div class="plan"><b>Acme Corp</b><span>Enterprise, 500 of 600 seats</span><progress value="500" max="600" aria-label="Seats in use"></progress></div></aside>
<header class="top"><a class="brand small" href="/" aria-label="Acme MDM">${LOGO}</a>
<form class="find" action="/devices" role="search" aria-label="All devices"><label class="sr" for="find">Find devices</label>${icon('search')}<input id="find" name="search" type="search" placeholder="Find devices, people, serial numbers" autocomplete="off"></form>
<button class="ghost square" type="button" data-theme-switch aria-label="Switch between light and dark">${icon('theme')}</button>
<div class="me"><span class="avatar" aria-hidden="true">D</span><span class="who"><b>${session.user}</b><small>Administrator</small></span>
<form method="post" action="/logout"><input type="hidden" name="csrf_token" value="${session.csrf}"><button class="ghost square" aria-label="Sign out" title="Sign out">${icon('exit')}</button></form></div></header>
<main id="main" tabindex="-1">${page.content}</main>
<div class="toasts" id="toasts" role="status" aria-live="polite"></div>`;
}

/** Sends a page; without a session it stands alone, without navigation. */
export async function sendPage(
  req: IncomingMessage,
  res: ServerResponse,
  session: ConsoleSession | undefined,
  page: Page,
): Promise<void> {
  const nonce = randomBytes(16).toString('base64');
  const body = session === undefined ? page.content : frame(page, session);
  const document = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} - Acme MDM</title>${session === undefined ? '' : html`<meta name="csrf-token" content="${session.csrf}">`}
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">${STYLES.map((name) => html`<link rel="stylesheet" href="/assets/${name}.css">`)}
<script nonce="${nonce}">document.documentElement.dataset.theme = localStorage.getItem('acme-theme') || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');</script>
${session === undefined ? '' : html`<script type="module" nonce="${nonce}" src="/assets/base.js"></script>`}
${page.script === undefined ? '' : html`<script type="module" nonce="${nonce}" src="/assets/${page.script}"></script>`}
</head><body class="${session === undefined ? 'alone' : 'framed'}">${body}</body></html>`;
  await answer(req, res, document.text, {
    type: 'text/html; charset=utf-8',
    status: page.status ?? 200,
    headers: {
      'content-security-policy': contentPolicy(nonce),
      'cache-control': 'private, no-store',
      'referrer-policy': 'same-origin',
      'x-frame-options': 'DENY',
    },
  });
}
