// Rules about the verifier: a whole journal passes, and every way to tamper with one is found and placed.
import { describe, expect, test } from 'vitest';
import type { Checkpoint } from '../../src/audit/verify/checkpoint.ts';
import { verifyJournal } from '../../src/audit/verify/verifyJournal.ts';
import type { AuditEvent, JournalEntry } from '../../src/kernel/auditEvent.ts';
import { canonicalJson, type Json } from '../../src/kernel/canonicalJson.ts';
import { sha256Base64url, sha256Hex } from '../../src/kernel/ids.ts';
import { ADA, assertion, chain, grantTerms, newKey, ORIGIN, RP_ID, rechain, T0, wipeStory } from './journalKit.ts';

const key = newKey('ES256');
const story = wipeStory(key);
const whole = chain(story);
const at = (seq: number, entries: readonly JournalEntry[] = whole): JournalEntry => {
  const entry = entries[seq - 1];
  if (!entry) throw new Error(`no entry ${seq}`);
  return entry;
};
const checkpoint = (seq: number): Checkpoint => ({ seq, hash: at(seq).hash, at: T0 + seq });
const outside = [checkpoint(3), checkpoint(8), checkpoint(10)];
const ceremony = { origin: ORIGIN, rpId: RP_ID };
const replaced = (seq: number, change: (entry: JournalEntry) => JournalEntry): JournalEntry[] =>
  whole.map((entry) => (entry.seq === seq ? change(entry) : entry));

test('a whole journal verifies, its signatures included', async () => {
  const report = await verifyJournal(whole, outside, ceremony);
  expect(report.faults).toEqual([]);
  expect(report).toMatchObject({ ok: true, entries: 10, signatures: 2, unsettled: [], head: { seq: 10 } });
});

describe('tampering that needs no checkpoint to be found', () => {
  const cases: [name: string, entries: JournalEntry[], seq: number, what: RegExp][] = [
    ['an entry dropped from the middle', whole.filter(({ seq }) => seq !== 5), 6, /entry 5 is missing/],
    ['three dropped', whole.filter(({ seq }) => seq < 4 || seq > 6), 7, /entries 4 to 6 are missing/],
    ['the first dropped', whole.slice(1), 2, /entry 1 is missing/],
    ['two swapped', [...whole.slice(0, 4), at(6), at(5), ...whole.slice(6)], 5, /out of order/],
    ['one there twice', [...whole.slice(0, 5), ...whole.slice(4)], 5, /there twice/],
    [
      'renumbered after a drop',
      whole.filter(({ seq }) => seq !== 5).map((entry, index) => ({ ...entry, seq: index + 1 })),
      5,
      /^hash:/,
    ],
    ['an event changed', replaced(7, (e) => ({ ...e, event: e.event.replace('d-0142', 'd-0143') })), 7, /^digest:/],
    [
      'an event and its digest changed',
      replaced(7, (e) => {
        const event = e.event.replace('d-0142', 'd-0143');
        return { ...e, event, digest: sha256Hex(event) };
      }),
      7,
      /^hash:/,
    ],
    ['a fact changed', replaced(7, (e) => ({ ...e, fact: '{"usesLeft":9}' })), 7, /^hash:/],
    ['a time changed', replaced(7, (e) => ({ ...e, at: e.at + 1 })), 7, /^hash:/],
    ['a hash changed', replaced(7, (e) => ({ ...e, hash: 'f'.repeat(64) })), 7, /^hash:/],
    ['a digest that is none', replaced(7, (e) => ({ ...e, digest: 'x' })), 7, /^digest:/],
    ['a time that is none', replaced(7, (e) => ({ ...e, at: Number.NaN })), 7, /^at:/],
  ];
  test.each(cases)('%s', async (_name, entries, seq, what) => {
    const report = await verifyJournal(entries, []);
    expect(report.ok).toBe(false);
    expect(report.faults.filter((fault) => fault.seq === seq && what.test(fault.what))).not.toEqual([]);
  });

  test('a fork: another entry of the same number, chained rightly, with its own followers', async () => {
    const fork = rechain([...whole.slice(0, 5), { ...at(6), event: at(6).event.replace('logout', 'idle'), at: T0 }]);
    const report = await verifyJournal([...whole.slice(0, 6), at(6, fork), ...whole.slice(6)], []);
    expect(report.faults).toContainEqual({ seq: 6, what: 'seq: another entry has this number: fork' });
  });

  test('one changed entry is one finding, not one for every entry that follows', async () => {
    for (const member of ['at', 'fact', 'hash'] as const) {
      const value = { at: 5, fact: '{}', hash: '0'.repeat(64) }[member];
      const report = await verifyJournal(
        replaced(3, (e) => ({ ...e, [member]: value })),
        [],
      );
      expect(report.faults.map(({ seq }) => seq)).toEqual([3]);
    }
  });

  test('what comes after a fault is still checked', async () => {
    const entries = replaced(2, (e) => ({ ...e, fact: 'x' })).filter(({ seq }) => seq !== 9);
    const { faults } = await verifyJournal(entries, []);
    expect(faults.map(({ seq }) => seq)).toEqual([2, 10]);
  });

  test('text that is not canonical JSON, even when chained rightly', async () => {
    for (const event of ['{"kind": "x"}', '{"kind":"gateway.started","facts":{}}', 'nothing', '[]', '{"kind":1.5}']) {
      const entries = rechain(replaced(9, (e) => ({ ...e, event })));
      expect((await verifyJournal(entries, [])).faults.map(({ seq }) => seq)).toContain(9);
    }
  });

  test('a flipped byte at every position of every member of an entry', async () => {
    for (const member of ['event', 'digest', 'hash'] as const) {
      const text = at(4)[member];
      for (let position = 0; position < text.length; position += member === 'event' ? 37 : 1) {
        const other = text[position] === '0' ? '1' : '0';
        const changed = `${text.slice(0, position)}${other}${text.slice(position + 1)}`;
        const report = await verifyJournal(
          replaced(4, (e) => ({ ...e, [member]: changed })),
          [],
        );
        expect(report.faults.some(({ seq }) => seq === 4)).toBe(true);
      }
    }
  });
});

describe('tampering by somebody who can chain everything again is found by a checkpoint', () => {
  const rewritten = rechain(replaced(7, (e) => ({ ...e, event: e.event.replace('d-0142', 'd-0143') })));
  const cases: [name: string, entries: JournalEntry[], seq: number, what: RegExp][] = [
    ['the last entry cut', whole.slice(0, -1), 9, /ends with entry 9, but entry 10 was there.*cut/],
    ['all cut', [], 0, /empty, but entry 10 was there.*cut/],
    ['a rewrite of equal length', rewritten, 8, /another entry stood here/],
    [
      'one dropped and all renumbered',
      rechain(
        whole.filter(({ seq }) => seq !== 9),
        true,
      ),
      9,
      /cut/,
    ],
    [
      'cut and grown again to the same length',
      rechain([...whole.slice(0, 6), ...whole.slice(5, 9)], true),
      8,
      /another/,
    ],
  ];
  test.each(cases)('%s', async (_name, entries, seq, what) => {
    const report = await verifyJournal(entries, outside);
    expect(report.faults.filter((fault) => fault.seq === seq && what.test(fault.what))).not.toEqual([]);
  });

  test('without one, cutting the tail is not found: that is what checkpoints are for', async () => {
    expect((await verifyJournal(whole.slice(0, 6), [])).ok).toBe(true);
  });

  test('a checkpoint that went back shows a roll-back even when the journal has grown past it', async () => {
    const { faults } = await verifyJournal(whole, [checkpoint(8), checkpoint(3)]);
    expect(faults).toHaveLength(1);
    expect(faults[0]?.what).toMatch(/rolled back/);
  });
});

test('time that goes back by more than a second is a warning, by less is none', async () => {
  const later = (entries: JournalEntry[], step: number) =>
    rechain(entries.map((e) => ({ ...e, at: e.seq < 5 ? e.at : e.at - step })));
  expect((await verifyJournal(later(whole, 900), [])).warnings).toEqual([]);
  const report = await verifyJournal(later(whole, 5000), []);
  expect(report).toMatchObject({ ok: true, warnings: [{ seq: 5 }] });
});

describe('acts', () => {
  test('an intent without an outcome is listed apart and is no fault', async () => {
    const report = await verifyJournal(chain(story.filter(({ kind }) => kind !== 'act.outcome')), []);
    const [act] = report.unsettled;
    expect(report.ok).toBe(true);
    expect(act).toMatchObject({ seq: 7, exchange: 'exc_1', title: 'Wipe 1 device: d-0142' });
  });
  test('an outcome of something sent without its intent is a fault', async () => {
    const { faults } = await verifyJournal(chain(story.filter(({ kind }) => kind !== 'act.intent')), []);
    expect(faults).toEqual([{ seq: 7, what: 'event: the outcome of an intent that is not there' }]);
  });
  test('an act with a hold that nobody signed, or with a grant that nobody approved, is a fault', async () => {
    for (const kind of ['hold.signed', 'grant.approved']) {
      const without = story.filter((event) => event.kind !== kind);
      const renumbered = without.map((e) =>
        e.kind === 'act.outcome' ? { ...e, facts: { ...e.facts, intent: 6 } } : e,
      );
      const { faults } = await verifyJournal(chain(renumbered), []);
      expect(faults.map(({ seq }) => seq)).toEqual([6]);
    }
  });
  test('a second act with the same hold and the same single use is a fault for each', async () => {
    const again = story.find(({ kind }) => kind === 'act.intent');
    const { faults } = await verifyJournal(chain([...story, ...(again ? [again] : [])]), []);
    expect(faults.map(({ seq }) => seq)).toEqual([11, 11]);
  });
});

describe('signatures are checked again', () => {
  test.each(['ES256', 'EdDSA', 'RS256'] as const)('%s, the key as SPKI and as COSE', async (algorithm) => {
    const other = newKey(algorithm);
    for (const form of ['spki', 'cose'] as const) {
      const report = await verifyJournal(chain(wipeStory(other, form)), [], ceremony);
      expect(report.faults).toEqual([]);
      expect(report.signatures).toBe(2);
    }
  });

  const terms = grantTerms();
  const digest = sha256Base64url(canonicalJson(terms));
  const approval = (change: (signed: Record<string, unknown>) => void, actor?: string): AuditEvent[] =>
    story.map((event) => {
      if (event.kind !== 'grant.approved') return event;
      const signed = structuredClone(event.facts.signed) as Record<string, unknown>;
      change(signed);
      return { ...event, actor: actor ?? event.actor, facts: { ...event.facts, signed: signed as Json } };
    });
  const evidence = (change: (evidence: Record<string, unknown>) => void) =>
    approval((signed) => change(signed.evidence as Record<string, unknown>));
  const flip = (member: string) =>
    evidence((e) => {
      const bytes = Buffer.from(String(e[member]), 'base64url');
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      e[member] = bytes.toString('base64url');
    });
  const withAssertion = (made: object) => approval((signed) => Object.assign(signed, { evidence: made }));

  const cases: [name: string, events: AuditEvent[], what: RegExp][] = [
    ['no evidence', approval((s) => delete s.evidence), /there is no evidence/],
    ['no challenge', approval((s) => delete s.challenge), /names no challenge/],
    ['a flipped signature', flip('signature'), /signature|asn|DER|encoding/i],
    ['flipped authenticator data', flip('authenticatorData'), /does not fit/],
    ['a flipped key', flip('publicKey'), /key|does not fit|EC|point|decod/i],
    ['text that is not base64url', evidence((e) => Object.assign(e, { signature: 'a+/=' })), /not base64url/],
    [
      'another key of the same kind',
      evidence((e) => Object.assign(e, { publicKey: newKey('ES256').spki.toString('base64url') })),
      /does not fit/,
    ],
    ['another challenge', withAssertion(assertion(key, 'AAAA')), /another challenge/],
    ['a registration', withAssertion(assertion(key, digest, { type: 'webauthn.create' })), /another ceremony/],
    ['no user verification', withAssertion(assertion(key, digest, { flags: 0x01 })), /did not verify the user/],
    ['no touch', withAssertion(assertion(key, digest, { flags: 0x04 })), /nobody touched/],
    ['another origin', withAssertion(assertion(key, digest, { origin: 'https://mdm.example.com' })), /another origin/],
    ['another relying party', withAssertion(assertion(key, digest, { rpId: 'example.com' })), /relying party/],
    [
      'other terms than signed',
      approval((s) => Object.assign(s, { terms: { ...terms, uses: 100 } })),
      /not the digest of the terms/,
    ],
    [
      'the terms of another grant',
      story.map((e) => (e.kind === 'grant.approved' ? { ...e, facts: { ...e.facts, grant: 'gra_2' } } : e)),
      /another number/,
    ],
    ['another approver than signed', approval(() => undefined, ADA), /another approver/],
    ['broken terms', approval((s) => Object.assign(s, { terms: 7 })), /does not tell the terms/],
  ];
  test.each(cases)('%s is found', async (_name, events, what) => {
    const { faults } = await verifyJournal(chain(events), [], ceremony);
    expect(faults.filter((fault) => fault.seq === 4 && fault.what.startsWith('evidence: '))).toHaveLength(1);
    expect(faults[0]?.what).toMatch(what);
  });

  test('an approval of the own request is found, however well signed', async () => {
    const own = grantTerms(ADA);
    const challenge = sha256Base64url(canonicalJson(own));
    const events = approval(
      (s) => Object.assign(s, { terms: own, challenge, evidence: assertion(key, challenge) }),
      ADA,
    );
    expect((await verifyJournal(chain(events), [])).faults[0]?.what).toMatch(/approved the own request/);
  });

  test('a key that was not the one enrolled, or is somebody else’s, is found', async () => {
    const passkey = Buffer.from('credential').toString('base64url');
    const enrolled = (publicKey: string, actor: string): AuditEvent => ({
      kind: 'passkey.enrolled',
      actor,
      facts: { passkey, publicKey },
    });
    const insert = (event: AuditEvent) =>
      chain([event, ...story].map((e) => (e.kind === 'act.outcome' ? { ...e, facts: { ...e.facts, intent: 8 } } : e)));
    const foreign = await verifyJournal(insert(enrolled(newKey('ES256').spki.toString('base64url'), ADA)), []);
    expect(foreign.faults.map(({ what }) => what)).toContainEqual(expect.stringMatching(/another key than/));
    const others = await verifyJournal(insert(enrolled(key.spki.toString('base64url'), ADA)), []);
    expect(others.faults).toEqual([{ seq: 5, what: 'evidence: this passkey belongs to somebody else' }]);
  });
});
