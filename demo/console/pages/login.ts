// The console's own login: what a product has before anything is put in front of it. demo / demo is filled in.

import { answerError, readBody, redirect } from '../answer.ts';
import { html } from '../html.ts';
import type { Route } from '../route.ts';
import { type ConsoleSessions, SESSION_COOKIE } from '../sessions.ts';
import { LOGO } from './icons.ts';
import { sendPage } from './layout.ts';

const FORM = /^application\/x-www-form-urlencoded\b/i;

function loginPage(fault: string, next: string) {
  return html`<main class="login" id="main"><section class="pane"><div class="brand">${LOGO}<span>Acme <b>MDM</b></span></div>
<h1>Welcome back</h1><p class="lead">Sign in to manage the devices of Acme Corp.</p>
${fault === '' ? '' : html`<p class="fault" role="alert">${fault}</p>`}
<form method="post" action="/login" class="stack"><input type="hidden" name="next" value="${next}">
<label>User name<input name="user" value="demo" autocomplete="username" required></label>
<label>Password<input name="password" type="password" value="demo" autocomplete="current-password" required></label>
<button class="primary big">Sign in</button></form><p class="hint">Demonstration system: user and password are filled in.</p></section>
<section class="poster" aria-hidden="true"><div><p class="figure">500</p><p>devices under management</p></div><div><p class="figure">99.2 %</p><p>checked in this week</p></div><div><p class="figure">6 min</p><p>from box to desk</p></div></section></main>`;
}

/** Only paths of this console: `//host` and `/\host` would lead elsewhere. */
function samePath(next: string): string {
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(next) ? next : '/';
}

export function createLoginRoutes(sessions: ConsoleSessions): Route[] {
  return [
    {
      method: 'GET',
      path: '/login',
      access: 'open',
      handle: async ({ req, res, url, session }) => {
        const next = samePath(url.searchParams.get('next') ?? '/');
        if (session !== undefined) redirect(req, res, 302, next);
        else await sendPage(req, res, undefined, { title: 'Sign in', content: loginPage('', next) });
      },
    },
    {
      method: 'POST',
      path: '/login',
      access: 'open',
      handle: async ({ req, res, body }) => {
        if (!FORM.test(req.headers['content-type'] ?? '')) {
          await answerError(req, res, 415, 'Send a form');
          return;
        }
        const form = new URLSearchParams((await readBody(body)).toString('utf8'));
        const next = samePath(form.get('next') ?? '/');
        const session = sessions.login(form.get('user') ?? '', form.get('password') ?? '');
        if (session === undefined) {
          const content = loginPage('That user name or password is not right. Try demo and demo.', next);
          await sendPage(req, res, undefined, { title: 'Sign in', content, status: 401 });
          return;
        }
        const cookie = `${SESSION_COOKIE}=${session.id}; Path=/; HttpOnly; SameSite=Lax`;
        redirect(req, res, 303, next, { 'set-cookie': cookie });
      },
    },
    {
      method: 'POST',
      path: '/logout',
      access: 'page',
      handle: async ({ req, res, body, session }) => {
        const form = new URLSearchParams((await readBody(body)).toString('utf8'));
        if (!sessions.csrfMatches(session, form.get('csrf_token') ?? undefined)) {
          await answerError(req, res, 403, 'The form has expired. Load the page again.');
          return;
        }
        sessions.end(session);
        redirect(req, res, 303, '/login', {
          'set-cookie': `${SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`,
        });
      },
    },
  ];
}
