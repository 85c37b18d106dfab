// What another set of policies would have said to recorded traffic, and what an observing console would have refused: from the
// recordings themselves, through the commands.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { observedReport } from '../../src/audit/index/observedReport.ts';
import { bounded, type ExchangeOpening, numbered, oneLine } from '../../src/audit/recording/lines.ts';
import { policyObserved } from '../../src/cli/policyObserved.ts';
import { policyReplay } from '../../src/cli/policyReplay.ts';
import { BARE_FACTS, type Facts } from '../../src/kernel/facts.ts';
import { answerThen, type Recorded } from '../../src/policy/replay.ts';

const CONFIG = join(import.meta.dirname, '../../config');
const NOW = Date.UTC(2026, 0, 20);
const clock = { now: () => NOW };
const HOUR = 3_600_000;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'replay-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

let made = 0;
type Told = Partial<ExchangeOpening> & { readonly told?: Partial<Facts> | null };

/** A folder of recordings with these exchanges, newest an hour ago. */
function recorded(exchanges: readonly Told[]): string {
  made += 1;
  const folder = join(dir, `r${made}`);
  mkdirSync(join(folder, 'ses_1'), { recursive: true });
  const lines = exchanges.map(({ told, ...over }, n) =>
    numbered(
      n,
      '',
      oneLine(
        bounded({
          type: 'open',
          ...{ id: `exc_${n}`, at: NOW - HOUR, session: 'ses_1', principal: { id: 'idp#ada', name: 'Ada' } },
          ...{ console: 'mdm', method: 'POST', target: '/x', door: 'request', title: 'Lock 1 device' },
          ...{ action: 'device.lock', risk: 'high', targets: [{ kind: 'device', id: `d-${n}` }] },
          ...{ verdict: 'go', reason: null, policies: [], policySet: 'old', grant: null, hold: null },
          ...{ requestHeaders: [], requestBody: { text: null, note: null, digest: null }, groups: ['mdm-admins'] },
          ...(told === null ? {} : { facts: { ...BARE_FACTS, stepUpAge: 10, ...told } }),
          ...over,
        }),
      ),
    ),
  );
  writeFileSync(join(folder, 'ses_1/gw_1-0.jsonl'), `${lines.join('\n')}\n`);
  return folder;
}

/** The shipped policies with one change. */
function policiesWith(change: (folder: string) => void): string {
  made += 1;
  const folder = join(dir, `p${made}`);
  cpSync(join(CONFIG, 'policies'), folder, { recursive: true });
  change(folder);
  return folder;
}
const edit = (file: string, from: string, to: string) => (folder: string) => {
  const text = readFileSync(join(folder, file), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(folder, file), text.replaceAll(from, to));
};

async function output(run: () => Promise<number>): Promise<{ code: number; out: string }> {
  let out = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  const complain = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  try {
    return { code: await run(), out };
  } finally {
    write.mockRestore();
    complain.mockRestore();
  }
}
const replay = (recordings: string, policies: string, json = true) =>
  output(() => policyReplay({ config: 'none.yaml', recordings, policies, json }, clock));

describe('policy replay', () => {
  const shipped = join(CONFIG, 'policies');

  test('says that nothing changes when nothing does, and ends with 0', async () => {
    const folder = recorded([
      {},
      { verdict: 'refuse', reason: 'stepup.required', told: { stepUpAge: null } },
      { verdict: 'refuse', reason: 'policy.forbidden', groups: ['mdm-readers'] },
      { verdict: 'refuse', reason: 'journal.unavailable' },
    ]);
    const { code, out } = await replay(folder, shipped);
    expect(JSON.parse(out)).toMatchObject({ ok: true, requests: 4, judged: 4, same: 4, changes: [] });
    expect(code).toBe(0);
  });

  test('names what would newly be refused, for whom, how often and why, and ends with 1', async () => {
    const stricter = policiesWith(edit('admins.cedar', 'stepUpAge <= 300', 'stepUpAge <= 60'));
    const folder = recorded([
      {},
      { told: { stepUpAge: 200 } },
      { told: { stepUpAge: 250 }, principal: { id: 'idp#bob', name: 'Bob\u202e' } },
      { action: 'device.read', risk: 'read', targets: [], told: { stepUpAge: null } },
    ]);
    const { code, out } = await replay(folder, stricter);
    const { changes, ...sums } = JSON.parse(out);
    expect(code).toBe(1);
    expect(sums).toMatchObject({ ok: false, judged: 4, same: 2 });
    expect(changes).toMatchObject([
      {
        ...{ change: 'newly refused', action: 'device.lock', console: 'mdm', times: 2, was: 'ALLOW', now: 'STEP_UP' },
        ...{
          people: [{ name: 'Ada' }, { id: 'idp#bob' }],
          exchange: 'exc_2',
          policies: ['admins-change-with-passkey'],
        },
      },
    ]);
    const told = await replay(folder, stricter, false);
    expect(told.out).toContain('2 of 4 requests of the last 7d would be answered otherwise');
    expect(told.out).toContain('newly refused  device.lock (high) at mdm, 2 times: Ada, Bob');
    expect(told.out).not.toContain('\u202e');
  });

  test('names what would newly be allowed', async () => {
    const looser = policiesWith(edit('admins.cedar', 'stepUpAge <= 300', 'stepUpAge <= 3000'));
    const folder = recorded([{ verdict: 'refuse', reason: 'stepup.required', told: { stepUpAge: 900 } }]);
    const { code, out } = await replay(folder, looser);
    expect(code).toBe(1);
    expect(JSON.parse(out).changes).toMatchObject([{ change: 'newly allowed', was: 'STEP_UP', now: 'ALLOW' }]);
  });

  test('a change for reads, or another way through, is told but is no alarm', async () => {
    const changed = policiesWith((folder) => {
      edit(
        'admins.cedar',
        'principal in Group::"mdm-admins",\n  action in Action::"read"',
        'principal in Group::"others",\n  action in Action::"read"',
      )(folder);
      edit('limits.cedar', 'context.devices > 5 }', 'context.devices > 0 }')(folder);
    });
    const folder = recorded([
      { action: 'device.read', risk: 'read', targets: [] },
      { action: 'device.wipe', risk: 'destructive', verdict: 'refuse', reason: 'grant.required' },
    ]);
    const { code, out } = await replay(folder, changed);
    expect(code).toBe(0);
    expect(JSON.parse(out).changes).toMatchObject([
      { change: 'another way', was: 'GRANT', now: 'APPROVE' },
      { change: 'newly refused', action: 'device.read' },
    ]);
  });

  test('counts what it cannot judge and guesses nothing: no facts, an action that is gone, what the gateway asked itself', async () => {
    const folder = recorded([
      { told: null },
      { action: 'device.teleport' },
      { by: 'gateway' },
      { at: NOW - 8 * 24 * HOUR },
      { devices: 400, action: 'device.wipe', risk: 'destructive', told: { signed: true, granted: true } },
    ]);
    const { out } = await replay(folder, shipped);
    expect(JSON.parse(out)).toMatchObject({
      ...{ requests: 3, judged: 1, withoutFacts: 1, notDecided: 1 },
      changes: [{ action: 'device.wipe', was: 'ALLOW', now: 'APPROVE' }],
    });
  });

  test('ends with 2 when it cannot tell: no recordings, a wrong span, policies with faults', async () => {
    expect((await replay(join(dir, 'nowhere'), shipped)).code).toBe(2);
    expect(
      (await output(() => policyReplay({ config: '', recordings: dir, policies: shipped, since: '7w' }, clock))).code,
    ).toBe(2);
    const broken = policiesWith((folder) => writeFileSync(join(folder, 'x.cedar'), 'permit('));
    const { code, out } = await replay(recorded([{}]), broken);
    expect(code).toBe(2);
    expect(out).toContain('x.cedar:1');
  });

  test('knows what policy said then from what the request was refused for', () => {
    const was = (reason: string | null, more: Partial<Recorded> = {}) =>
      answerThen({ verdict: reason === null ? 'go' : 'refuse', reason, ...more } as Recorded);
    expect([null, 'journal.unavailable', 'grant.ended', 'upstream.failed'].map((reason) => was(reason))).toEqual(
      Array(4).fill('ALLOW'),
    );
    expect(['stepup.required', 'hold.unsigned', 'hold.expired'].map((reason) => was(reason))).toEqual(
      Array(3).fill('STEP_UP'),
    );
    expect(was('grant.required')).toBe('GRANT');
    expect(['approval.required', 'approval.denied'].map((reason) => was(reason))).toEqual(['APPROVE', 'APPROVE']);
    expect(was('policy.forbidden')).toBe('DENY');
    expect(was(null, { observed: 'grant.required' })).toBe('GRANT');
    expect(was('budget.spent', { facts: { ...BARE_FACTS, budget: 'spent' } })).toBe('DENY');
    expect(was('budget.spent', { facts: BARE_FACTS })).toBe('ALLOW');
    expect(was('lockdown.active', { facts: { ...BARE_FACTS, lockdown: true } })).toBe('DENY');
  });
});

describe('policy observed', () => {
  const traffic = () =>
    recorded([
      { observed: 'stepup.required' },
      { observed: 'stepup.required', title: 'Lock 1 device: d-1' },
      { observed: 'stepup.required', principal: { id: 'idp#bob', name: 'Bob' } },
      { observed: 'grant.required', action: 'device.wipe', targets: [{ kind: 'group', id: '7' }], devices: 40 },
      { observed: 'grant.required', console: 'other', at: NOW - 2 * HOUR },
      {},
      { verdict: 'refuse', reason: 'policy.forbidden' },
    ]);

  test('says what would have been refused, by person, action and reason, with devices in their true number', async () => {
    const report = await observedReport({ dir: traffic(), identities: null }, { from: 0, to: NOW });
    expect(report).toMatchObject({ requests: 7, more: 0 });
    expect(report.rows).toHaveLength(4);
    expect(report.rows[0]).toMatchObject({
      ...{ console: 'mdm', person: { name: 'Ada' }, action: 'device.lock', reason: 'stepup.required' },
      ...{ times: 2, devices: 2, title: 'Lock 1 device: d-1', exchange: 'exc_1' },
    });
    expect(report.rows.find(({ action }) => action === 'device.wipe')).toMatchObject({ times: 1, devices: 40 });
  });

  test('tells one console only, and one span only', async () => {
    const folder = traffic();
    const other = await observedReport({ dir: folder, identities: null }, { from: 0, to: NOW, consoles: ['other'] });
    expect(other).toMatchObject({ requests: 1, rows: [{ console: 'other' }] });
    expect(
      (await observedReport({ dir: folder, identities: null }, { from: NOW - HOUR, to: NOW, consoles: ['other'] }))
        .rows,
    ).toEqual([]);
  });

  test('the command ends with 1 when something would have been refused, 0 when nothing', async () => {
    const run = (recordings: string) => output(() => policyObserved({ config: '', recordings, json: true }, clock));
    const { code, out } = await run(traffic());
    expect([code, JSON.parse(out).rows.length]).toEqual([1, 4]);
    expect((await run(recorded([{}]))).code).toBe(0);
  });
});
