// Evidence, legal holds, and what became of recordings.
import { changes, created, json, reads } from '../api/endpoint.ts';
import {
  ExportEvidence,
  LegalHoldEnd,
  LegalHoldList,
  LegalHoldView,
  ReleaseLegalHold,
  SessionRetention,
  SetLegalHold,
} from '../contract/evidence.ts';

const tag = 'Evidence';
const rights = ['recording.view'] as const;

export const exportEvidence = changes({
  name: 'exportEvidence',
  path: '/api/evidence',
  tag,
  says: 'An archive about a session, an access, a signed request or an incident, which proves itself without the gateway.',
  rights,
  body: ExportEvidence,
  answer: { status: 200, type: 'application/x-tar', schema: null, file: 'evidence.tar' },
  refuses: ['journal.unavailable', 'not.found', 'conflict', 'recording.closed'],
});
export const listLegalHolds = reads({
  name: 'listLegalHolds',
  path: '/api/legal-holds',
  tag,
  says: 'What keeps recordings whatever the rules of retention say.',
  rights,
  answer: json(LegalHoldList),
});
export const setLegalHold = changes({
  name: 'setLegalHold',
  path: '/api/legal-holds',
  tag,
  says: 'Keeps recordings from being deleted until two people end it; needs a fresh step-up.',
  rights,
  body: SetLegalHold,
  answer: created(LegalHoldView),
  refuses: ['stepup.required', 'conflict'],
});
export const releaseLegalHold = changes({
  name: 'releaseLegalHold',
  path: '/api/legal-holds/:id/release',
  tag,
  says: 'One of the two words that end a legal hold; needs a fresh step-up.',
  rights,
  body: ReleaseLegalHold,
  answer: json(LegalHoldEnd),
  refuses: ['stepup.required', 'conflict'],
});
export const readSessionRetention = reads({
  name: 'readSessionRetention',
  path: '/api/sessions/:id/retention',
  tag,
  says: 'Whether the recording of a session was deleted, when and why.',
  rights,
  answer: json(SessionRetention),
});
