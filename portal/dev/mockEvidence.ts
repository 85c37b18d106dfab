// The mock's legal holds and archives of evidence. Development only.
import type { ServerResponse } from 'node:http';
import type { LegalHoldView } from '../../src/portal/contract/evidence.ts';
import { DAY, HOUR, NOW, person } from './data.ts';
import type { Answer } from './mockAccess.ts';

type Hold = Omit<LegalHoldView, 'may'>;
const hold = (id: string, match: Hold['match'], reason: string, more: Partial<Hold> = {}): Hold => ({
  ...{ id, match, reason, title: '', by: person('linus'), since: NOW - 3 * DAY, release: null },
  ...more,
});

export const LEGAL_HOLDS: Hold[] = [
  hold('lh_1', { kind: 'session', id: 'ses_ada0' }, 'Case 2026-17: the lost warehouse tablets'),
  hold('lh_2', { kind: 'person', id: person('olga').id }, 'Request of the works council', {
    by: person('root'),
    since: NOW - 40 * DAY,
    release: { by: person('root'), reason: 'The works council has what it needs', at: NOW - 2 * HOUR },
  }),
  hold('lh_3', { kind: 'console', id: 'branch-mdm' }, 'Audit of the third quarter', {
    since: NOW - 9 * DAY,
    release: { by: person('linus'), reason: 'The audit is over', at: NOW - DAY },
  }),
];

export const legalHoldViewOf = (of: Hold, as: string): LegalHoldView => ({
  ...of,
  may: { release: of.release?.by.id !== person(as).id },
});

type Call = {
  readonly post: boolean;
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly as: string;
  readonly empty: boolean;
  readonly steppedUp: boolean;
};

/** undefined: not one of these addresses */
export const answerLegalHolds = ({ post, path, body, as, empty, steppedUp }: Call): Answer | undefined => {
  const id = /^\/api\/legal-holds(?:\/([^/]+)\/release)?$/.exec(path);
  if (id === null) return undefined;
  if (!post) return { content: empty ? [] : LEGAL_HOLDS.map((each) => legalHoldViewOf(each, as)) };
  if (!steppedUp)
    return { problem: [403, 'stepup.required', 'Your passkey is needed', 'Confirm with your passkey.'] as const };
  if (id[1] === undefined) {
    const match = body.match as Hold['match'];
    const set = hold(`lh_${LEGAL_HOLDS.length + 1}`, match, String(body.reason), { by: person(as), since: Date.now() });
    LEGAL_HOLDS.push(set);
    return { content: legalHoldViewOf(set, as) };
  }
  const at = LEGAL_HOLDS.findIndex((each) => each.id === id[1]);
  const found = LEGAL_HOLDS[at];
  if (found === undefined) return { problem: [404, 'not.found', 'This legal hold has ended', 'Read the list again.'] };
  if (found.release !== null) LEGAL_HOLDS.splice(at, 1);
  else LEGAL_HOLDS[at] = { ...found, release: { by: person(as), reason: String(body.reason), at: Date.now() } };
  return { content: { ended: found.release !== null } };
};

/** A part at once, the rest only when it is not to trickle. */
export const answerEvidence = (response: ServerResponse, trickle: boolean): void => {
  response.writeHead(200, { 'content-type': 'application/x-tar' });
  response.write(Buffer.alloc(1_200_000));
  if (!trickle) response.end(Buffer.alloc(800_000));
};
