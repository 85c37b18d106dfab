// Who the caller is, and the stream of hints.
import { changes, json, NOTHING, reads } from '../api/endpoint.ts';
import { Me } from '../contract/me.ts';
import { Nothing } from '../contract/nouns.ts';

export const readMe = reads({
  name: 'readMe',
  path: '/api/me',
  tag: 'Me',
  says: 'Who is signed in, what they may do, and the token for changes.',
  answer: json(Me),
});

export const logOut = changes({
  name: 'logOut',
  path: '/api/logout',
  tag: 'Me',
  says: 'Ends the session everywhere.',
  body: Nothing,
  answer: NOTHING,
});

export const listen = reads({
  name: 'listen',
  path: '/api/events',
  tag: 'Me',
  says: 'A stream of hints: what to read again. It ends with the session.',
  answer: { status: 200, type: 'text/event-stream', schema: null },
});
