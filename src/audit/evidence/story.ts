// What happened, one plain sentence an entry. For the viewer only: nothing is judged by these words.
import { sha256Hex } from '../../kernel/ids.ts';
import { type Chosen, type Told, textOf } from './selection.ts';

export type Tone = 'plain' | 'act' | 'refused' | 'agreed' | 'bad';
export type Step = {
  readonly index: number;
  /** ms */
  readonly at: number;
  readonly tone: Tone;
  /** a word that marks it, also for people who see no colours; '' for none */
  readonly mark: string;
  readonly says: string;
  readonly more: readonly (readonly [name: string, value: string])[];
  readonly exchange: string;
};

/** Twelve letters and digits that tell keys apart. */
export const keyMark = (publicKey: string): string =>
  publicKey === '' ? 'unknown' : sha256Hex(Buffer.from(publicKey, 'base64url')).slice(0, 12);

type Names = { readonly passkeys: ReadonlyMap<string, string> };
type Line = { tone?: Tone; mark?: string; says: string; more?: [string, unknown][] };

/** Recordings' chunks are not steps: the viewer lists them by themselves. */
export function storyOf({ entries }: Pick<Chosen, 'entries'>): Step[] {
  const names: Names = {
    passkeys: new Map(
      entries
        .filter(({ told }) => told.kind === 'passkey.enrolled')
        .map(({ told }) => [textOf(told.facts.passkey), textOf(told.facts.name)]),
    ),
  };
  return entries
    .filter(({ told }) => told.kind !== 'recording.chunk')
    .map(({ index, at, told }) => {
      const { tone = 'plain', mark = '', says, more = [] } = lineOf(told, names);
      const shown = more.map(([name, value]) => [name, shownAs(value)] as const).filter(([, value]) => value !== '');
      return { index, at, tone, mark, says, more: shown, exchange: told.exchange };
    });
}

function lineOf(told: Told, names: Names): Line {
  const who = told.actorName || told.actor || 'The gateway';
  const { facts } = told;
  const say = Object.hasOwn(SAYS, told.kind) ? SAYS[told.kind] : undefined;
  return (
    say?.({ who, facts, told, key: keyOf(facts, names) }) ?? { says: `${who}: ${told.kind.replaceAll('.', ' ')}.` }
  );
}

type Said = { who: string; facts: Told['facts']; told: Told; key: string };
const RISKS: { readonly [risk: string]: string } = { low: 'Low', high: 'High', destructive: 'Destructive' };
const SAYS: { readonly [kind: string]: (said: Said) => Line } = {
  'login.succeeded': ({ who }) => ({ says: `${who} signed in.` }),
  'session.ended': ({ who, facts }) => ({
    says: `The session of ${who} ended: ${textOf(facts.because) || 'no cause told'}.`,
  }),
  'passkey.enrolled': ({ who, facts }) => ({
    says: `${who} enrolled the passkey “${textOf(facts.name)}” (${keyMark(textOf(facts.publicKey))}).`,
  }),
  'passkey.removed': ({ who }) => ({ says: `${who} removed a passkey.` }),
  'stepup.succeeded': ({ who, key }) => ({
    tone: 'agreed',
    mark: 'Signed',
    says: `${who} proved to be there with ${key}.`,
  }),
  'stepup.failed': ({ who, facts }) => ({
    tone: 'bad',
    mark: 'Failed',
    says: `${who} could not prove to be there: ${textOf(facts.why)}.`,
  }),
  'grant.asked': ({ who, facts, told }) => ({
    says: `${who} asked for access${told.console === '' ? '' : ` to ${told.console}`}.`,
    more: [
      ['For', facts.actions ?? facts.action],
      ['On', facts.targets],
      ['Minutes', facts.minutes],
      ['Uses', facts.uses],
      ['Reason', facts.reason],
      ['Ticket', facts.ticket],
      ['Access', facts.grant],
    ],
  }),
  'grant.step.approved': ({ who, key }) => ({
    tone: 'agreed',
    mark: 'Approved',
    says: `${who} approved a step of the access with ${key}.`,
  }),
  'grant.approved': ({ who, facts, key }) =>
    facts.automatic === true
      ? { says: 'A rule gave the access. Nobody signed.', more: [['Access', facts.grant]] }
      : { tone: 'agreed', mark: 'Approved', says: `${who} approved the access with ${key}.`, more: termsOf(facts) },
  'grant.denied': ({ who, facts }) => ({
    tone: 'refused',
    mark: 'Denied',
    says: `${who} denied the access.`,
    more: [['Reason', facts.reason]],
  }),
  'grant.withdrawn': ({ who }) => ({ says: `${who} withdrew the request for access.` }),
  'grant.lapsed': () => ({ says: 'The request for access was not answered in time.' }),
  'grant.ended': ({ who, facts }) => ({ says: `The access ended: ${textOf(facts.because) || `by ${who}`}.` }),
  'hold.created': ({ who, facts }) => ({
    says: `${who} sent a request that needs signatures: ${textOf(facts.title) || textOf(facts.action)}.`,
    more: [
      ['Request', [textOf(facts.method), textOf(facts.target)].join(' ')],
      ['Number', facts.hold],
    ],
  }),
  'hold.signed': ({ who, key }) => ({
    tone: 'agreed',
    mark: 'Signed',
    says: `${who} signed this very request with ${key}.`,
  }),
  'hold.asked': ({ who, facts }) => ({
    says: `${who} asked other people to sign it.`,
    more: [['Reason', facts.reason]],
  }),
  'hold.approved': ({ who, key }) => ({
    tone: 'agreed',
    mark: 'Approved',
    says: `${who} approved this very request with ${key}.`,
  }),
  'hold.denied': ({ who, facts }) => ({
    tone: 'refused',
    mark: 'Denied',
    says: `${who} denied the request.`,
    more: [['Reason', facts.reason]],
  }),
  'hold.cancelled': ({ who }) => ({ says: `The request of ${who} was cancelled.` }),
  'act.intent': ({ who, facts, told }) => ({
    tone: 'act',
    mark: RISKS[textOf(facts.risk)] ?? 'Act',
    says: `${who}: ${textOf(facts.title) || textOf(facts.action)}.`,
    more: [
      ['Console', told.console],
      ['Request', [textOf(facts.method), textOf(facts.target)].join(' ').trim()],
      ['Action', facts.action],
      ['On', facts.targets],
      ['Devices', facts.devices],
      ['SHA-256 of the content', facts.bodyDigest],
      ['Allowed by', facts.policies],
      ['Access', facts.grant],
      ['Signed request', facts.hold],
    ],
  }),
  'act.outcome': ({ facts }) =>
    facts.sent === false
      ? { tone: 'refused', mark: 'Not sent', says: `Nothing was sent to the console: ${textOf(facts.reason)}.` }
      : typeof facts.status === 'number'
        ? { says: `The console answered with status ${facts.status}.` }
        : { tone: 'bad', mark: 'Unknown', says: 'The console gave no answer. Whether it did it is not known.' },
  'request.refused': ({ who, facts }) => ({
    tone: 'refused',
    mark: 'Refused',
    says: `${who} was refused: ${textOf(facts.title) || [textOf(facts.method), textOf(facts.target)].join(' ')}.`,
    more: [['Why', facts.reason]],
  }),
  'request.observed': ({ who, facts }) => ({
    says: `${who} did what would have been refused: ${textOf(facts.title)}.`,
  }),
  'freeze.set': ({ who, facts }) => ({
    tone: 'bad',
    mark: 'Frozen',
    says: `${who} froze acts.`,
    more: [['Reason', facts.reason]],
  }),
  'freeze.ended': ({ who }) => ({ says: `A freeze ended with the word of ${who}.` }),
  'retention.deleting': ({ facts }) => ({ says: `The recording was to be deleted: ${textOf(facts.why)}.` }),
  'retention.deleted': ({ facts }) => ({
    says: `The recording was deleted: ${textOf(facts.why)}.`,
    more: [['Chunks', listSize(facts.chunks)]],
  }),
};

/** What was signed, where it is told. */
const termsOf = (facts: Told['facts']): [string, unknown][] => {
  const terms = memberOf(memberOf(facts, 'signed'), 'terms');
  const of = (name: string): unknown => memberOf(terms, name);
  return [
    ['For', of('actions') ?? of('action')],
    ['On', of('targets')],
    ['Minutes', of('minutes')],
    ['Uses', of('uses')],
    ['Access', facts.grant],
  ];
};

const memberOf = (value: unknown, name: string): unknown =>
  value !== null && typeof value === 'object' ? (value as { [name: string]: unknown })[name] : undefined;

function keyOf(facts: Told['facts'], { passkeys }: Names): string {
  const evidence = memberOf(facts, 'evidence') ?? memberOf(memberOf(facts, 'signed'), 'evidence');
  const credential = textOf(memberOf(evidence, 'credentialId'));
  const mark = keyMark(textOf(memberOf(evidence, 'publicKey')));
  const name = passkeys.get(credential);
  return name === undefined || name === '' ? `the passkey ${mark}` : `the passkey “${name}” (${mark})`;
}

const listSize = (value: unknown): number | null => (Array.isArray(value) ? value.length : null);

const MOST_LISTED = 50;

function shownAs(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, 2000);
  if (typeof value === 'number') return String(value);
  if (!Array.isArray(value)) return '';
  const items = value
    .slice(0, MOST_LISTED)
    .map((one: unknown) =>
      typeof one === 'string' ? one : `${textOf(memberOf(one, 'kind'))} ${textOf(memberOf(one, 'id'))}`.trim(),
    );
  return `${items.join(', ')}${value.length > MOST_LISTED ? `, and ${value.length - MOST_LISTED} more` : ''}`;
}
