// Policies and access rules change while the gateway runs: all of it or nothing, written down before it counts.
import { appendFileSync, cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createJournal } from '../../src/audit/journal/journal.redis.ts';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { BARE_FACTS, type Question } from '../../src/kernel/facts.ts';
import { createLiveRules, type LiveRules, rulesOnDisk } from '../../src/wire/liveRules.ts';
import { loadRules } from '../../src/wire/loadRules.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';

const CONFIG = join(import.meta.dirname, '../../config');

let redis: TestRedis;
let dir: string;
let rules: LiveRules;
let journalFails = false;

beforeAll(async () => {
  redis = await startRedis({ commandTimeout: 5000 });
});
afterAll(() => redis.stop());

const policyFile = (name: string) => join(dir, 'policies', name);

beforeEach(async () => {
  await redis.flush();
  journalFails = false;
  dir = mkdtempSync(join(tmpdir(), 'rules-'));
  cpSync(join(CONFIG, 'policies'), join(dir, 'policies'), { recursive: true });
  cpSync(join(CONFIG, 'access.yaml'), join(dir, 'access.yaml'));
  const sources = {
    ...{ policies: join(dir, 'policies'), packs: join(CONFIG, 'packs'), access: join(dir, 'access.yaml') },
    consoles: [{ id: 'mdm', pack: 'acme-mdm' }],
  };
  const { scripts, client, keys } = redis;
  const journal = createJournal({ scripts, client, keys });
  const append = async (event: AuditEvent) => {
    if (journalFails) throw new Error('the journal is away');
    return journal.append(event);
  };
  rules = createLiveRules({
    ...{
      sources,
      seen: await rulesOnDisk(sources),
      first: loadRules(sources),
      append,
      run: 'gw_test',
      clock: systemClock,
    },
    log: { debug() {}, info() {}, warn() {}, error() {} },
    every: 200,
  });
});
afterEach(() => {
  rules.stop();
  rmSync(dir, { recursive: true });
});

const question: Question = {
  principal: { id: 'idp#ada', name: 'Ada', groups: ['interns'] },
  action: { name: 'device.read', risk: 'read', targets: [] },
  on: 'mdm',
  facts: BARE_FACTS,
};
const INTERNS = `
@id("interns-look")
@why("Interns may look.")
permit (principal in Group::"interns", action in Action::"read", resource is Console);
`;

/** Waits until it is so, or fails. */
async function until(what: () => boolean, within = 8000): Promise<void> {
  const end = performance.now() + within;
  while (!what()) {
    if (performance.now() > end) throw new Error(`not so within ${within} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const events = async (kind: string) => (await redis.journalEvents()).filter((event) => event.kind === kind);

test('a changed policy counts without a restart, and the journal has both digests', async () => {
  rules.start();
  const before = rules.policy.digest;
  expect(rules.policy.decide(question).allow).toBe(false);
  writeFileSync(policyFile('interns.cedar'), INTERNS);
  await until(() => rules.policy.decide(question).allow);
  expect(rules.policy.digest).not.toBe(before);
  expect(rules.policy.decide(question).policySet).toBe(rules.policy.digest);
  expect(await events('policy.reloaded')).toMatchObject([
    { facts: { run: 'gw_test', from: { policySet: before }, to: { policySet: rules.policy.digest } } },
  ]);
});

test('a faulty policy changes nothing: the old set answers, and the fault is kept and written down once', async () => {
  rules.start();
  const before = rules.policy.digest;
  writeFileSync(policyFile('interns.cedar'), INTERNS.replace('"read"', '"raed"'));
  await until(() => rules.inForce().faults.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(rules.policy.digest).toBe(before);
  expect(rules.policy.decide(question).allow).toBe(false);
  expect(rules.inForce().faults).toMatchObject([
    { file: policyFile('interns.cedar'), line: 4, column: 50, what: expect.stringMatching(/raed.*read/) },
  ]);
  const rejected = await events('policy.rejected');
  expect(rejected).toMatchObject([
    { facts: { policySet: before, count: 1, faults: [expect.stringMatching(/:4:50: /)] } },
  ]);
  writeFileSync(policyFile('interns.cedar'), INTERNS);
  await until(() => rules.policy.decide(question).allow);
  expect(rules.inForce().faults).toEqual([]);
});

test('files that are put back as they were clear the fault, and nothing else happens', async () => {
  rules.start();
  writeFileSync(policyFile('interns.cedar'), 'permit(');
  await until(() => rules.inForce().faults.length > 0);
  rmSync(policyFile('interns.cedar'));
  await until(() => rules.inForce().faults.length === 0);
  expect(await events('policy.reloaded')).toEqual([]);
});

test('access rules and policies change together, or neither does', async () => {
  rules.start();
  const before = rules.access();
  const text = readFileSync(join(dir, 'access.yaml'), 'utf8');
  writeFileSync(policyFile('interns.cedar'), INTERNS);
  writeFileSync(join(dir, 'access.yaml'), `${text}\nbudgts: []\n`);
  await until(() => rules.inForce().faults.length > 0);
  expect(rules.policy.decide(question).allow).toBe(false);
  expect(rules.access()).toBe(before);
  writeFileSync(join(dir, 'access.yaml'), text);
  await until(() => rules.policy.decide(question).allow);
});

test('a file that is replaced by a rename is seen, as editors and config maps do it', async () => {
  rules.start();
  writeFileSync(join(dir, 'new'), INTERNS);
  renameSync(join(dir, 'new'), policyFile('interns.cedar'));
  await until(() => rules.policy.decide(question).allow);
});

test('a set that cannot be written down does not count; it does as soon as it can', async () => {
  journalFails = true;
  rules.start();
  const before = rules.policy.digest;
  writeFileSync(policyFile('interns.cedar'), INTERNS);
  await rules.check();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(rules.policy.digest).toBe(before);
  journalFails = false;
  await until(() => rules.policy.digest !== before);
  expect(await events('policy.reloaded')).toHaveLength(1);
});

test('a decision that was made just before a change is told in the words of its own set', async () => {
  const { principal } = question;
  const admin = { ...question, principal: { ...principal, groups: ['mdm-admins'] } };
  const lock = { ...admin, action: { name: 'device.lock', risk: 'high', targets: [] } } as const;
  const decision = rules.policy.decide(lock);
  rmSync(policyFile('admins.cedar'));
  await rules.check();
  expect(rules.policy.digest).not.toBe(decision.policySet);
  expect(rules.policy.explain(lock, decision).sentences.join(' ')).toContain('admins-change-with-passkey');
});

test('a check that is asked for looks at once and waits until the new set counts, as SIGHUP does', async () => {
  writeFileSync(policyFile('interns.cedar'), INTERNS);
  await rules.check();
  expect(rules.policy.decide(question).allow).toBe(true);
});

test('whoever took the set keeps it: a request is judged by one set from beginning to end', async () => {
  const taken = rules.policy.current();
  for (let round = 0; round < 12; round += 1) {
    writeFileSync(policyFile('interns.cedar'), `${INTERNS}// ${round}\n`);
    appendFileSync(
      policyFile('readers.cedar'),
      `\n@id("more-${round}") @why("More.") permit(principal in Group::"g${round}", action, resource);`,
    );
    await rules.check();
    expect(rules.policy.decide(question).allow).toBe(true);
    const fresh = { ...question, principal: { ...question.principal, groups: [`g${round}`] } };
    expect(rules.policy.decide(fresh).policies).toEqual([`more-${round}`]);
    // Cedar has only a few names for prepared sets: the one that was taken is prepared anew when another has its name.
    const asked = { ...question, on: `console-${round}` };
    expect(taken.decide(asked)).toMatchObject({ allow: false, policySet: taken.digest });
  }
}, 60_000);

test('what changed while the first rules were loaded is loaded after the start', async () => {
  const policies = join(dir, 'policies');
  writeFileSync(join(policies, 'interns.cedar'), INTERNS);
  expect(rules.policy.decide(question).allow).toBe(false);
  rules.start();
  await until(() => rules.policy.decide(question).allow);
});
