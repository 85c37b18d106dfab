// What somebody hostile does to an archive on its way: to the page for people, to the list of files, to the tar itself, with
// pieces of other archives and other ledgers. Nothing of it may end in "whole".
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { VIEWER_STYLES } from '../../src/audit/evidence/viewerStyles.ts';
import { createNoteSigner, newNoteKey } from '../../src/audit/ledger/note.ts';
import { KNOWN_STYLES } from '../../src/audit/verify/viewerCheck.ts';
import { evidenceVerify } from '../../src/cli/evidenceVerify.ts';
import { sha256Hex } from '../../src/kernel/ids.ts';
import {
  bytesOf,
  CHUNKS,
  type Files,
  faultsOf,
  filesOf,
  LOG,
  make,
  relisted,
  signer,
  story,
  tarred,
  verify,
} from './kit.ts';

let files: Files;
const base = mkdtempSync(join(tmpdir(), 'sp-attacks-'));
beforeAll(async () => {
  files = await filesOf(await bytesOf((await make()).bytes()));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const text = (name: string): string => String(files.get(name));
/** @param by who signs the new list; null: the old signature stays */
const changed = (change: (copy: Files) => void, by: typeof signer | null = null): Promise<Buffer> => {
  const copy: Files = new Map(files);
  change(copy);
  return tarred(relisted(copy, by));
};
const forgedPage = (copy: Files): void =>
  void copy.set('viewer.html', Buffer.from(text('viewer.html').replaceAll('Wipe 1 device', 'Look at 1 device')));

describe('a page for people that somebody changed, with a list of files that fits', () => {
  test('is found: the ledger’s key did not sign this list', async () => {
    expect(await faultsOf(await changed(forgedPage))).toEqual(['manifest.sig: it is under another list of files']);
  });
  test('is found when the signature is left out, of another’s key, or taken from the checkpoint', async () => {
    const without = await changed((copy) => {
      forgedPage(copy);
      copy.delete('manifest.sig');
    });
    expect(await faultsOf(without)).toEqual([
      'manifest.json: nobody signed it: anybody may have written viewer.html and README.txt',
    ]);
    const thief = createNoteSigner(newNoteKey(LOG));
    expect(await faultsOf(await changed(forgedPage, thief))).toEqual([
      'manifest.sig: no key that is known has signed it',
    ]);
    const line = text('checkpoint').split('\n\n')[1] ?? '';
    expect(await faultsOf(await changed(forgedPage, { ...signer, sign: () => line }))).toEqual([
      `manifest.sig: the signature of ${LOG} does not hold`,
    ]);
  });
  test('of an earlier version, without a signature, is taken only when asked for, and said', async () => {
    const old = await changed((copy) => void copy.delete('manifest.sig'));
    const report = await verify(old, undefined, { unsignedList: true });
    expect([report.ok, report.warnings]).toEqual([
      true,
      [{ where: 'manifest.json', what: 'nobody signed it: anybody may have written viewer.html and README.txt' }],
    ]);
    // Who says so for a list that is signed, and badly, has no use of it.
    expect((await verify(await changed(forgedPage), undefined, { unsignedList: true })).ok).toBe(false);
  });
  test('so are another reason, another exporter, and a recording that is said to be gone', async () => {
    const told = (more: object) => (copy: Files) =>
      void copy.set('manifest.json', Buffer.from(JSON.stringify({ ...JSON.parse(text('manifest.json')), ...more })));
    expect(await faultsOf(await changed(told({ made: { at: 1, by: 'Nobody', why: 'x' } })))).not.toEqual([]);
    const { session, part, chunk } = CHUNKS[0] ?? { session: '', part: '', chunk: 0 };
    const hidden = await changed((copy) => {
      told({ withheld: [{ session, part, chunk, why: 'gone' }] })(copy);
      copy.delete(`recordings/${session}/${part}/000001.jsonl.zst.age`);
    });
    expect(await faultsOf(hidden)).toEqual(['manifest.sig: it is under another list of files']);
  });
});

describe('who has the ledger’s key, and signs a page that is none of ours', () => {
  test.each([
    ['<script>fetch("//evil")</script>'],
    ['<img src=x onerror=alert(1)>'],
    ['<p onclick="alert(1)">'],
    ['<p style="display:none">'],
    ['<a href="https://evil.example.com">'],
    ['<meta http-equiv="refresh" content="0;url=//evil">'],
    ['<svg><use href="#x"/></svg>'],
    ['<style>p{display:none}</style>'],
    ['<!-- <p> -->'],
    ['<p class="x" class=y>'],
    ['<base href="//evil">'],
  ])('with %s: it is not to be opened', async (markup) => {
    const archive = await changed(
      (copy) => copy.set('viewer.html', Buffer.from(text('viewer.html').replace('<main>', `<main>${markup}`))),
      signer,
    );
    expect((await faultsOf(archive)).join()).toMatch(/^viewer.html: holds what no viewer holds, and may run or load/);
  });
  test.each([
    ['a mark of an encoding in front', (page: string) => `\ufeff${page}`],
    ['another policy', (page: string) => page.replace("default-src 'none'", "default-src 'self'")],
    ['something before the policy', (page: string) => page.replace('<head>', '<head><title>x</title>')],
  ])('with %s: it is not to be opened', async (_what, change) => {
    const archive = await changed((copy) => copy.set('viewer.html', Buffer.from(change(text('viewer.html')))), signer);
    expect((await faultsOf(archive)).join()).toContain('viewer.html: does not begin as a viewer does');
  });
  test('in another dress: it is said that this verifier does not know it', async () => {
    const archive = await changed(
      (copy) =>
        copy.set(
          'viewer.html',
          Buffer.from(text('viewer.html').replace('.refused .mark', '.refused{display:none}.mark')),
        ),
      signer,
    );
    const { ok, warnings } = await verify(archive);
    expect([ok, warnings]).toEqual([
      true,
      [{ where: 'viewer.html', what: 'it is not the viewer that this verifier knows' }],
    ]);
  });
  test('the viewer of this version is one that the verifier knows', () => {
    expect([...KNOWN_STYLES]).toContain(sha256Hex(VIEWER_STYLES));
  });
});

describe('pieces of elsewhere', () => {
  const other = async (more: Parameters<typeof make>[0]): Promise<Files> =>
    filesOf(await bytesOf((await make(more)).bytes()));
  const [chunk, second] = ['000001', '000002'].map((one) => `recordings/ses_1/${CHUNKS[0]?.part}/${one}`);

  test('a recording of another archive under the name of ours', async () => {
    const swapped = await changed((copy) => {
      const names = [chunk, second].map((name) => `${name}.jsonl.zst.age`);
      const [a = '', b = ''] = names;
      copy.set(a, files.get(b) ?? Buffer.alloc(0)).set(b, files.get(a) ?? Buffer.alloc(0));
    }, signer);
    expect(await faultsOf(swapped)).toEqual([
      `${chunk}: this is not what was recorded: the digest in the ledger is another`,
      `${second}: this is not what was recorded: the digest in the ledger is another`,
    ]);
  });
  test('entries of another ledger of the same name: its key is another', async () => {
    const twin = await other({ key: createNoteSigner(newNoteKey(LOG)) });
    expect(await faultsOf(await tarred(twin))).toEqual([
      'manifest.sig: no key that is known has signed it',
      'checkpoint: no key that is known has signed it',
    ]);
    // Its list and its checkpoint, signed anew under our own checkpoint: what stands in it is not in ours.
    const events = story().map((event) => ({ ...event, actorName: `${event.actorName ?? ''} the Second` }));
    const foreign = await other({ events });
    const mixed = await changed((copy) => {
      for (const [name, bytes] of foreign) if (/^(entries|proofs)\//.test(name)) copy.set(name, bytes);
    }, signer);
    expect((await faultsOf(mixed)).join()).toContain('it does not stand here in the ledger that was signed');
  });
  test('a whole archive with the list of another one', async () => {
    const foreign = await other({ about: { kind: 'hold', id: 'hol_1' } });
    const copy = new Map(files);
    for (const name of ['manifest.json', 'manifest.sig']) copy.set(name, foreign.get(name) ?? Buffer.alloc(0));
    expect((await faultsOf(await tarred(copy))).join()).toContain('is not in the list of files');
  });
  test('a file that nobody listed, one that is listed twice, one whose name differs by its case only', async () => {
    const digest = sha256Hex('{}');
    const extra = await tarred([...files, [`policies/${digest}.json`, Buffer.from('{}')]]);
    expect(await faultsOf(extra)).toEqual([`policies/${digest}.json: is not in the list of files`]);
    expect((await faultsOf(await tarred([...files, ['Viewer.html', Buffer.from('x')]])))[0]).toContain(
      'does not belong',
    );
    const manifest = JSON.parse(text('manifest.json'));
    manifest.files.push(manifest.files[0]);
    const copy = new Map([...files, ['manifest.json', Buffer.from(JSON.stringify(manifest))]] as const);
    expect((await faultsOf(await tarred(copy))).join()).toContain(
      'has a line in its list of files that cannot be read',
    );
  });
});

describe('a tar that lies', () => {
  /** One header, with a sum that fits. */
  const header = (name: string, size: string | Buffer, kind: string): Buffer => {
    const head = Buffer.alloc(512);
    head.write(name, 0, 'latin1');
    head.write('0000644\0', 100);
    if (typeof size === 'string') head.write(size, 124);
    else size.copy(head, 124);
    head.write(kind, 156);
    head.write('ustar\x0000', 257, 'latin1');
    let sum = 8 * 32;
    for (const [at, byte] of head.entries()) if (at < 148 || at >= 156) sum += byte;
    head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return head;
  };
  const huge = Buffer.alloc(12, 0xff);
  huge[0] = 0x80;
  const octal = '77777777777\0';

  test.each([
    ['viewer.html', octal, '0', 'viewer.html is larger than any such file is'],
    ['entries/1.json', octal, '0', 'entries/1.json is larger than any such file is'],
    ['recordings/ses_1/gw_1-000001/000001.jsonl.zst.age', octal, '0', 'it was cut: the end is missing'],
    ['viewer.html', huge, '0', 'viewer.html has no size'],
    ['viewer.html', '-0000000001\0', '0', 'viewer.html has no size'],
    ['././@LongLink', '00000000144\0', 'L', 'is no name that may be in it'],
    ['PaxHeaders/viewer.html', '00000000144\0', 'x', 'PaxHeaders/viewer.html is no plain file'],
    ['viewer.html', '00000000000\0', '2', 'viewer.html is no plain file'],
    ['viewer.html', '00000000000\0', '1', 'viewer.html is no plain file'],
    ['viewer.html', '00000000000\0', '5', 'viewer.html is no plain file'],
    ['viewer.html', '00000000000\0', 'S', 'viewer.html is no plain file'],
    [`entries/${'1'.repeat(90)}.json`, '00000000000\0', '0', 'does not belong into an archive'],
  ])('%s of size %j and kind %s', async (name, size, kind, says) => {
    const faults = await faultsOf(Buffer.concat([header(name, size, kind), Buffer.alloc(1024, 65)]));
    expect(faults.find((fault) => fault.startsWith('archive: '))).toContain(says);
  });
  test('of nothing, of zeros, of another kind of file', async () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.alloc(1024),
      Buffer.alloc(10_240),
      Buffer.from('PK\x03\x04'.repeat(300)),
    ])
      expect((await verify(bytes)).ok).toBe(false);
  });
});

test('unpacked into a folder it is judged alike: a link, a file more', async () => {
  const unpacked = (name: string): string => {
    const folder = join(base, name);
    for (const [file, bytes] of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), bytes);
    }
    return folder;
  };
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockReturnValue(true));
  const check = (folder: string) => evidenceVerify(folder, { key: [signer.verifierKey], json: true });
  const whole = unpacked('whole');
  expect(await check(whole)).toBe(0);
  const linked = unpacked('linked');
  symlinkSync(join(whole, 'viewer.html'), join(linked, 'other.html'));
  expect(await check(linked)).toBe(1);
  const more = unpacked('more');
  writeFileSync(join(more, 'note.txt'), 'read me first');
  expect(await check(more)).toBe(1);
  for (const spy of spies) spy.mockRestore();
});
