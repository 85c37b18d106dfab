// Rules about evidence: what the gateway exports is found whole without it; whatever somebody does to an archive is found, also
// when they make the list of files anew, as anybody can.
import { beforeAll, describe, expect, test } from 'vitest';
import { createNoteSigner, newNoteKey } from '../../src/audit/ledger/note.ts';
import { readNoteKey } from '../../src/audit/verify/note.ts';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import { holdChallenge } from '../../src/kernel/hold.ts';
import { ADA, assertion, GRACE, holdTerms, newKey, T0 } from '../audit/journalKit.ts';
import {
  bytesOf,
  CHUNKS,
  type Files,
  faultsOf,
  filesOf,
  journalOf,
  keyOf,
  LOG,
  type MakeOptions,
  make,
  relisted,
  signed,
  story,
  tarred,
  verify,
} from './kit.ts';

const archiveOf = async (options?: MakeOptions): Promise<Buffer> => bytesOf((await make(options)).bytes());
let whole: Buffer;
let files: Files;
beforeAll(async () => {
  whole = await archiveOf({ decrypt: true });
  files = await filesOf(whole);
});

describe('what was exported', () => {
  test('of a session is found whole: entries, chain, signatures, keys, recordings, policies', async () => {
    const { ok, faults, warnings, counts, about, made } = await verify(whole);
    expect(faults).toEqual([]);
    expect(warnings).toEqual([]);
    expect(ok).toBe(true);
    expect(about).toEqual({ kind: 'session', id: 'ses_1' });
    expect(made).toEqual({ at: T0, by: 'Linus', why: 'Audit 7' });
    expect(counts).toMatchObject({ entries: 13, signatures: 3, enrolled: 3, recordings: 4, withheld: 0, policies: 1 });
    expect(counts.chained).toBeGreaterThan(6);
  });
  test.each([
    { about: { kind: 'grant', id: 'gra_1' } },
    { about: { kind: 'hold', id: 'hol_1' } },
    { about: { kind: 'incident', person: ADA, from: T0, to: T0 + 60_000 } },
  ] as const)('is found whole and holds every signature: %o', async ({ about }) => {
    const report = await verify(await archiveOf({ about }));
    expect([report.ok, report.faults, report.counts.signatures, report.counts.recordings]).toEqual([true, [], 3, 2]);
  });
  test('holds nothing of other people’s sessions', async () => {
    for (const [name, bytes] of files)
      if (name.startsWith('entries/')) expect(String(bytes), name).not.toContain('ses_2');
  });
  test('names what is not there any more, and the ledger’s word for its deletion', async () => {
    const { session, part, chunk, stored } = CHUNKS[0] ?? never();
    const gone = {
      stored: async (one: { chunk: number }) => (one.chunk === chunk ? null : storedAs(CHUNKS[1]?.stored)),
    };
    const without = await verify(await archiveOf({ recordings: gone }));
    expect([without.ok, without.warnings.map(({ what }) => what)]).toEqual([
      true,
      ['was not to be had when this was exported, and no entry tells of its deletion'],
    ]);
    const deletion: AuditEvent = {
      ...{ kind: 'retention.deleted', actor: null },
      facts: { session, why: 'kept for 30 days', chunks: [{ name: `${part}/000001`, sha256: `${stored.length}` }] },
    };
    const told = await verify(await archiveOf({ recordings: gone, events: [...story(), deletion] }));
    expect([told.ok, told.warnings, told.counts.withheld]).toEqual([true, [], 1]);
  });
  test('a key that was enrolled where the archive does not reach is said, and is no fault', async () => {
    const report = await verify(await archiveOf({ events: story().filter(({ kind }) => kind !== 'passkey.enrolled') }));
    // The intent's number in the outcome is two less now.
    expect(report.faults.map(({ what }) => what).filter((what) => what.startsWith('evidence'))).toEqual([]);
    expect(report.counts).toMatchObject({ signatures: 3, enrolled: 0 });
    expect(report.warnings.filter(({ what }) => what.includes('enrolment')).length).toBe(3);
  });
});

const never = (): never => {
  throw new Error('no such chunk');
};
const storedAs = (bytes: Buffer | undefined) =>
  bytes === undefined
    ? null
    : {
        size: bytes.length,
        async *open() {
          yield bytes;
        },
      };

describe('a forger who makes the list of files anew', () => {
  const changed = (change: (copy: Files) => void): Promise<string[]> => {
    const copy: Files = new Map(files);
    change(copy);
    return tarred(relisted(copy)).then(faultsOf);
  };
  const first = (prefix: string): string => [...files.keys()].find((name) => name.startsWith(prefix)) ?? '';
  const intent = (): string =>
    [...files].find(([name, bytes]) => name.startsWith('entries/') && String(bytes).includes('act.intent'))?.[0] ?? '';
  const text = (name: string): string => String(files.get(name));

  test('every byte of entries, proofs and the checkpoint that is changed is found', async () => {
    const names = [intent(), intent().replace('entries', 'proofs'), 'checkpoint'];
    for (const name of names) {
      const bytes = files.get(name) ?? Buffer.alloc(0);
      for (let at = 0; at < bytes.length; at += Math.max(1, Math.floor(bytes.length / 25))) {
        const copy = Buffer.from(bytes);
        copy[at] = (copy[at] ?? 0) ^ 0x04;
        const faults = await changed((all) => all.set(name, copy));
        // A base64 text may have other last bits, JSON other white space: then nothing else is said than before.
        if (String(copy).replaceAll(/\s/g, '') !== String(bytes).replaceAll(/\s/g, ''))
          expect(faults, `${name} ${at}`).not.toEqual([]);
      }
    }
  });
  test('an entry that says something else', async () => {
    const name = intent();
    expect(await changed((all) => all.set(name, Buffer.from(text(name).replace('d-0142', 'd-0143'))))).toContain(
      `${name}: it does not stand here in the ledger that was signed`,
    );
  });
  test('an entry without its proof, with the proof of another, in the place of another', async () => {
    const [one, other] = [first('entries/'), intent()];
    const proof = (name: string): string => name.replace('entries', 'proofs');
    expect(await changed((all) => all.delete(proof(one)))).toEqual([`${one}: there is no proof for it`]);
    expect(await changed((all) => all.set(proof(one), files.get(proof(other)) ?? Buffer.alloc(0)))).toEqual([
      `${one}: its proof is for another entry`,
    ]);
    const swapped = await changed((all) => {
      all.set(one, files.get(other) ?? Buffer.alloc(0));
      all.set(other, files.get(one) ?? Buffer.alloc(0));
    });
    expect(swapped).toContain(`${one}: it does not stand here in the ledger that was signed`);
    expect(swapped).toContain(`${other}: it does not stand here in the ledger that was signed`);
  });
  test('an approval that is left out: the act says how many it had', async () => {
    const approval = [...files].find(
      ([name, bytes]) => name.startsWith('entries/') && String(bytes).includes('hold.approved'),
    );
    const faults = await changed((all) => {
      all.delete(approval?.[0] ?? '');
      all.delete((approval?.[0] ?? '').replace('entries', 'proofs'));
    });
    expect(faults.join()).toContain('an act that says 1 people approved it, and 0 did');
  });
  test('a proof that proves nothing here', async () => {
    expect(await changed((all) => all.set('proofs/999.json', Buffer.from('{}')))).toEqual([
      'proofs/999.json: proves an entry that is not here',
    ]);
  });
  test('a checkpoint of another moment, of another key, of nobody', async () => {
    const other = await filesOf(await archiveOf({ events: story().slice(0, -1) }));
    const older = await changed((all) => all.set('checkpoint', other.get('checkpoint') ?? Buffer.alloc(0)));
    expect(older.join()).toContain('its proof is for another checkpoint');
    const thief = createNoteSigner(newNoteKey(LOG));
    const forged = await filesOf(await archiveOf({ key: thief }));
    expect(await changed((all) => all.set('checkpoint', forged.get('checkpoint') ?? Buffer.alloc(0)))).toContain(
      'checkpoint: no key that is known has signed it',
    );
    expect(await faultsOf(await archiveOf({ key: thief }))).toContain('checkpoint: no key that is known has signed it');
    expect(await changed((all) => all.delete('checkpoint'))).toContain('checkpoint: is missing');
  });
  test('a recording that is another, is missing, was added, or is hidden behind a deletion that nobody wrote down', async () => {
    const name = first('recordings/');
    const place = name.replace('.jsonl.zst.age', '');
    expect(await changed((all) => all.set(name, Buffer.from('another')))).toEqual([
      `${place}: this is not what was recorded: the digest in the ledger is another`,
    ]);
    expect(await changed((all) => all.set(`${place}.jsonl`, Buffer.from('another')))).toEqual([
      `${place}: the text is not what was recorded: the digest in the ledger is another`,
    ]);
    expect(await changed((all) => all.delete(name))).toEqual([
      `${place}: the ledger speaks of this chunk, and it is missing`,
    ]);
    expect(await changed((all) => all.set(name.replace('000001', '000009'), Buffer.from('more')))).toEqual([
      `${place.replace('000001', '000009')}: no entry of the ledger speaks of this chunk`,
    ]);
    const hidden = await changed((all) => {
      all.delete(name);
      const manifest = JSON.parse(text('manifest.json'));
      manifest.withheld = [{ session: 'ses_1', part: 'gw_1-000001', chunk: 1, why: 'deleted' }];
      all.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
    });
    expect(hidden).toEqual([`${place}: is said to have been deleted, and no entry of the ledger says so`]);
  });
  test('a key that nobody enrolled, a policy set of another digest', async () => {
    const list = JSON.parse(text('keys/passkeys.json'));
    list[0].publicKey = newKey('ES256').spki.toString('base64url');
    expect(await changed((all) => all.set('keys/passkeys.json', Buffer.from(JSON.stringify(list))))).toEqual([
      'keys/passkeys.json: names a key that no entry here enrolled',
    ]);
    const policy = first('policies/');
    expect(await changed((all) => all.set(policy, Buffer.from('{}')))).toEqual([
      `${policy}: this is not the policy set of that digest`,
    ]);
  });
  test('an archive that says that it is about something else', async () => {
    const faults = await changed((all) => {
      const manifest = JSON.parse(text('manifest.json'));
      manifest.about = { kind: 'session', id: 'ses_9' };
      all.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
    });
    expect(faults).toEqual(['manifest.json: nothing in the archive speaks of what it says that it is about']);
  });
});

describe('a thief of the ledger’s key, without the passkeys', () => {
  const forged = async (change: (events: AuditEvent[]) => AuditEvent[]): Promise<string> =>
    (await faultsOf(await archiveOf({ entries: journalOf(change(story())) }))).join('\n');
  const replaced = (kind: AuditEvent['kind'], facts: (old: AuditEvent) => Partial<AuditEvent>) =>
    forged((events) => events.map((event) => (event.kind === kind ? { ...event, ...facts(event) } : event)));

  test('cannot sign in anybody’s name, for another request, or with a key of their own', async () => {
    const other = { ...holdTerms(), target: '/api/devices/d-0143/wipe' };
    expect(
      await replaced('hold.approved', (old) => ({ facts: { ...old.facts, signed: signed(GRACE, other) } })),
    ).toContain('not the request that waited was signed');
    expect(
      await replaced('hold.approved', (old) => ({
        facts: { ...old.facts, signed: signed(GRACE, holdTerms(), newKey('EdDSA')) },
      })),
    ).toContain('another key than this passkey was enrolled with');
    const evidence = { ...assertion(keyOf(GRACE), holdChallenge(holdTerms())), signature: 'AAAA' };
    const broken = { terms: holdTerms(), challenge: holdChallenge(holdTerms()), evidence };
    expect(
      await replaced('hold.approved', (old) => ({ facts: { ...old.facts, signed: broken as unknown as null } })),
    ).toContain('the signature does not fit the key');
  });
  test('cannot approve as the holder', async () => {
    expect(
      await replaced('hold.approved', () => ({
        actor: ADA,
        facts: { hold: 'hol_1', signed: signed(ADA, holdTerms()) },
      })),
    ).toContain('the requester approved the own request');
  });
  test('cannot let an act differ from what was signed', async () => {
    expect(
      await replaced('act.intent', (old) => ({ facts: { ...old.facts, target: '/api/devices/d-0001/wipe' } })),
    ).toContain('what was released is not what was signed: the path differs');
  });
  test('cannot break the chain between neighbours', async () => {
    const entries = journalOf(story()).map((entry) => (entry.seq === 10 ? { ...entry, hash: 'f'.repeat(64) } : entry));
    // The sealer would refuse such a journal: a thief has one of their own.
    await expect(make({ entries })).rejects.toThrow('does not follow');
  });
});

describe('an archive that is none', () => {
  test('cut anywhere: found', async () => {
    for (const length of [0, 511, 512, 700, Math.floor(whole.length / 2), whole.length - 1024, whole.length - 512]) {
      const { ok, faults } = await verify(whole.subarray(0, length));
      expect([ok, faults.length > 0], String(length)).toEqual([false, true]);
    }
  });
  test('with something behind its end', async () => {
    expect(await faultsOf(Buffer.concat([whole, Buffer.from('more')]))).toContain(
      'archive: something stands after the end',
    );
  });
  test('with a damaged header', async () => {
    const copy = Buffer.from(whole);
    copy[0] = (copy[0] ?? 0) ^ 1;
    expect((await faultsOf(copy))[0]).toBe('archive: this is not a tar archive, or it is damaged');
  });
  test.each([
    '../evil.json',
    '/etc/passwd',
    'entries/../../x',
    'entries/1.json/x',
    './checkpoint',
    'a\\b',
    '.ssh/id',
    'evil.sh',
  ])('with the name %s', async (name) => {
    const faults = await faultsOf(await tarred([...files, [name, Buffer.from('x')]]));
    expect(faults[0]).toMatch(
      /^archive: .*(is no name that may be in it|does not belong into an archive|is no plain file)/,
    );
  });
  test('with one name twice', async () => {
    expect((await faultsOf(await tarred([...files, ['checkpoint', Buffer.from('x')]])))[0]).toBe(
      'archive: checkpoint is there twice',
    );
  });
  test('with a link in the place of a file', async () => {
    const copy = Buffer.from(whole);
    copy[156] = 0x32;
    let sum = 8 * 32;
    for (let at = 0; at < 512; at += 1) if (at < 148 || at >= 156) sum += copy[at] ?? 0;
    copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    expect((await faultsOf(copy))[0]).toBe('archive: manifest.json is no plain file');
  });
  test('with an entry larger than any is', async () => {
    expect((await faultsOf(await tarred([['entries/1.json', Buffer.alloc(70_000, 32)]])))[0]).toBe(
      'archive: entries/1.json is larger than any such file is',
    );
  });
  test('with nothing in it', async () => {
    expect(await faultsOf(await tarred([]))).toEqual(
      expect.arrayContaining(['manifest.json: is missing', 'checkpoint: is missing']),
    );
  });
  test('of a ledger that only its witness signed', async () => {
    const witness = readNoteKey(createNoteSigner(newNoteKey('witness.example.com')).verifierKey);
    const report = await verify(whole, witness === null ? [] : [witness]);
    expect(report.ok).toBe(false);
  });
});

test('a file that was changed without care is found by the list of files, also where nothing else speaks of it', async () => {
  const copy: Files = new Map(files);
  copy.set('viewer.html', Buffer.from(String(files.get('viewer.html')).replace('Wipe 1 device', 'Look at 1 device')));
  expect(await faultsOf(await tarred(copy))).toEqual(['viewer.html: is not the file that was put in']);
  copy.delete('viewer.html');
  expect(await faultsOf(await tarred(copy))).toEqual(['viewer.html: is in the list of files, and missing']);
});
