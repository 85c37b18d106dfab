// People: the list, and the one form of the console that works without any script (urlencoded, CSRF token, redirect).

import { answerError, RequestFault, readBody, redirect } from '../answer.ts';
import { readNewUser } from '../api/catalogue.ts';
import { type Html, html } from '../html.ts';
import type { Route } from '../route.ts';
import type { ConsoleSession, ConsoleSessions } from '../sessions.ts';
import type { ConsoleState } from '../state.ts';
import { icon } from './icons.ts';
import { sendPage } from './layout.ts';

const DEPARTMENTS = ['Operations', 'Sales', 'Field Service', 'Engineering', 'Finance', 'People', 'Marketing', 'Legal'];

const LIST = html`<div class="head"><div><h1>Users</h1><p class="lead" id="total">Loading people</p></div><div class="actions"><button type="button" id="quick">${icon('plus')}Quick add</button><a class="button primary" href="/users/new">${icon('users')}New user</a></div></div>
<section class="card flush"><form class="filters" id="filters" role="search" aria-label="This list"><label class="search">${icon('search')}<span class="sr">Search people</span><input type="search" name="search" placeholder="Name, e-mail, department" autocomplete="off"></label></form>
<div class="scroll"><table class="list"><caption class="sr">Users</caption><thead><tr><th>Name</th><th class="m">E-mail</th><th>Department</th><th class="m">Role</th></tr></thead><tbody id="rows"></tbody></table></div></section>`;

function newUserForm(session: ConsoleSession, fault: string, given: URLSearchParams): Html {
  const value = (name: string) => given.get(name) ?? '';
  return html`<p class="crumbs"><a href="/users">Users</a> / <span>New user</span></p><div class="head"><div><h1>New user</h1><p class="lead">They get an e-mail with what to do next.</p></div></div>
<section class="card narrow">${fault === '' ? '' : html`<p class="fault" role="alert">${fault}</p>`}<form method="post" action="/users" class="stack"><input type="hidden" name="csrf_token" value="${session.csrf}">
<label>Full name<input name="name" value="${value('name')}" required maxlength="80" autocomplete="off"></label><label>E-mail<input name="email" type="email" value="${value('email')}" required maxlength="120" autocomplete="off"></label>
<label>Department<select name="department">${DEPARTMENTS.map((name) => html`<option${name === value('department') ? html` selected` : ''}>${name}</option>`)}</select></label>
<label>Role<select name="role"><option>Member</option><option>Help desk</option><option>Administrator</option></select></label>
<div class="actions"><button class="primary">Create user</button><a class="button" href="/users">Cancel</a></div></form></section>`;
}

export function createUserPages(state: ConsoleState, sessions: ConsoleSessions): Route[] {
  return [
    {
      method: 'GET',
      path: '/users',
      access: 'page',
      handle: ({ req, res, session }) =>
        sendPage(req, res, session, { title: 'Users', section: '/users', content: LIST, script: 'users.js' }),
    },
    {
      method: 'GET',
      path: '/users/new',
      access: 'page',
      handle: ({ req, res, session }) =>
        sendPage(req, res, session, {
          title: 'New user',
          section: '/users',
          content: newUserForm(session, '', new URLSearchParams()),
        }),
    },
    {
      method: 'POST',
      path: '/users',
      access: 'page',
      handle: async ({ req, res, body, session }) => {
        if (!/^application\/x-www-form-urlencoded\b/i.test(req.headers['content-type'] ?? '')) {
          await answerError(req, res, 415, 'Send a form');
          return;
        }
        const form = new URLSearchParams((await readBody(body)).toString('utf8'));
        if (!sessions.csrfMatches(session, form.get('csrf_token') ?? undefined)) {
          await answerError(req, res, 403, 'The form has expired. Load the page again.');
          return;
        }
        try {
          const user = state.addUser(readNewUser(Object.fromEntries(form)));
          redirect(req, res, 303, `/users?added=${user.id}`);
        } catch (fault) {
          if (!(fault instanceof RequestFault)) throw fault;
          const content = newUserForm(session, fault.message, form);
          await sendPage(req, res, session, { title: 'New user', section: '/users', content, status: 400 });
        }
      },
    },
  ];
}
