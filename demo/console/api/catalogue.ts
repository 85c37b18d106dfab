// Users, profiles and what is left of the API: numbers, who am I, and two routes that exist to try a gateway
// (103 Early Hints, a slow answer).

import { setTimeout as wait } from 'node:timers/promises';
import { answerJson, RequestFault, readJson, textField } from '../answer.ts';
import type { User } from '../model.ts';
import type { Route } from '../route.ts';
import type { ConsoleState } from '../state.ts';

const SLOWEST_MS = 120_000;

/** Checks the fields of a new user. Throws 400 with a sentence for people. */
export function readNewUser(fields: Record<string, unknown>): Omit<User, 'id'> {
  const name = textField(fields, 'name');
  const email = textField(fields, 'email');
  if (name === '') throw new RequestFault(400, 'Enter a name');
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) throw new RequestFault(400, 'Enter a complete e-mail address');
  return {
    name,
    email,
    department: textField(fields, 'department') || 'Operations',
    role: textField(fields, 'role') || 'Member',
  };
}

export function createCatalogueApi(state: ConsoleState): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/users',
      access: 'api',
      handle: async ({ req, res, url }) => {
        const search = (url.searchParams.get('search') ?? '').toLowerCase();
        const users = state.users.filter((user) =>
          `${user.name} ${user.email} ${user.department}`.toLowerCase().includes(search),
        );
        await answerJson(req, res, { total: users.length, users }, { validate: true });
      },
    },
    {
      method: 'POST',
      path: '/api/users',
      access: 'api',
      handle: async ({ req, res, body }) => {
        const user = state.addUser(readNewUser(await readJson(req, body)));
        await answerJson(req, res, { message: `${user.name} added`, user }, { status: 201 });
      },
    },
    {
      method: 'GET',
      path: '/api/profiles',
      access: 'api',
      handle: async ({ req, res }) => {
        const profiles = state.profiles.map((profile) => ({
          ...profile,
          devices: state.devices.filter((device) => device.profiles.includes(profile.id)).length,
        }));
        await answerJson(req, res, { profiles }, { validate: true });
      },
    },
    {
      method: 'POST',
      path: '/api/profiles',
      access: 'api',
      handle: async ({ req, res, body }) => {
        const fields = await readJson(req, body);
        const name = textField(fields, 'name');
        if (name === '') throw new RequestFault(400, 'A profile needs a name');
        const kind = textField(fields, 'kind') || 'Restrictions';
        const profile = state.addProfile({ name, kind, description: textField(fields, 'description') });
        await answerJson(req, res, { message: `${name} created`, profile }, { status: 201 });
      },
    },
    {
      method: 'GET',
      path: '/api/stats',
      access: 'api',
      handle: ({ req, res }) => answerJson(req, res, { ...state.stats(), recent: state.recent.slice(0, 8) }),
    },
    {
      method: 'GET',
      path: '/api/me',
      access: 'api',
      handle: ({ req, res, session }) => answerJson(req, res, { user: session.user, role: 'Administrator' }),
    },
    {
      method: 'GET',
      path: '/api/hints',
      access: 'api',
      handle: async ({ req, res }) => {
        res.writeEarlyHints({ link: '</assets/base.css>; rel=preload; as=style' });
        await answerJson(req, res, { hinted: true });
      },
    },
    {
      method: 'GET',
      path: '/api/slow',
      access: 'api',
      handle: async ({ req, res, url }) => {
        const ms = Math.min(Math.max(Number(url.searchParams.get('ms')) || 0, 0), SLOWEST_MS);
        const gone = new AbortController();
        res.once('close', () => gone.abort());
        try {
          await wait(ms, undefined, { signal: gone.signal });
        } catch {
          return; // the client left
        }
        await answerJson(req, res, { waited: ms });
      },
    },
  ];
}
