// What the journal holds in the proof: one event of each kind as the product writes it, and events that are as odd as people, consoles
// and other people's texts can make them.
import { type AuditEvent, EVENT_KINDS } from '../../src/kernel/auditEvent.ts';
import type { Json } from '../../src/kernel/canonicalJson.ts';
import { ACT, eventOf } from '../export/events.ts';

const act = (facts: { readonly [name: string]: Json }, more: Partial<AuditEvent> = {}): AuditEvent => ({
  ...ACT,
  ...more,
  facts: { ...ACT.facts, ...facts },
});
const looked = (facts: { readonly [name: string]: Json }): AuditEvent => ({ ...eventOf('sessions.searched'), facts });
/** 1999 characters and then one that is a pair: a cut at 2000 goes through it. */
const PAIR_AT_THE_CUT = `${'n'.repeat(1999)}👩🏽‍🚀`;

/** A member that holds another type each time: what one event makes up, the next does not fit. */
const ANY: readonly Json[] = [1, 'text', ['x'], { a: 1 }, true, -1, '2026-11-23', [], {}, [{ b: null }], 2 ** 53 - 1];

const ODD: readonly AuditEvent[] = [
  // The first value of a text that is new to an index, written by a person: it looks like a date.
  { ...eventOf('hold.denied'), facts: { ...eventOf('hold.denied').facts, reason: '2026-11-23' } },
  { ...eventOf('hold.denied'), facts: { ...eventOf('hold.denied').facts, reason: 'No: ask again on Monday.' } },
  act(
    { title: '擦除 2 台设备 — Geräte löschen ✓', targets: ['device:ünï✓', 'device:شاشة'] },
    { actorName: 'Zoë 👩🏽‍🚀 \u202eשלום' },
  ),
  act({ title: 'x\u0000y\u001b[31m"\\ ] \r\n<164>1 - \u2028\u2029\ufeff' }, { actorName: '"] <0>1 \n{"a":1}' }),
  act({ targets: Array.from({ length: 5000 }, (_, index) => `device:d-${index}`), title: 'Wipe 5,000 devices' }),
  act({ title: `a${'👩🏽‍🚀'.repeat(20_000)}`, note: 'ö'.repeat(100_000) }),
  act({ title: PAIR_AT_THE_CUT }, { actor: PAIR_AT_THE_CUT, actorName: PAIR_AT_THE_CUT }),
  act({}, { actor: '', actorName: '' }),
  act({}, { actor: null }),
  act({ peer: '2001:db8::1' }, { actor: 'null', actorName: '0' }),
  ...ANY.map((value) => looked({ value, list: [value, 'x', value], deep: { value } })),
  looked({ '': 1, '.': 2, 'a.b': 3, a: 4, $ref: 5, '@timestamp': 'never', _id: 'x', ' ': 6, time: 'soon', 'ü✓': null }),
  looked({ deep: { a: { b: { c: { d: { e: 1 } } } } }, lists: [[[[[1]]]]] }),
  looked(Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [`member ${index}`, index]))),
];

/** The intent of the outcome among them is the first: it must be the first of its journal. */
export const EVENTS: readonly AuditEvent[] = [ACT, ...EVENT_KINDS.map(eventOf), ...ODD];
