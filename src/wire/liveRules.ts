// The policies and access rules in force. They change when their files do, both at once and only when all of it is sound; the
// change stands in the journal before it counts. What was asked for a policy keeps the one it got: `current()`.
import { dirname } from 'node:path';
import type { AccessRules } from '../kernel/accessRules.ts';
import type { AuditEvent } from '../kernel/auditEvent.ts';
import { canonicalJson } from '../kernel/canonicalJson.ts';
import type { Clock } from '../kernel/clock.ts';
import { sha256Hex } from '../kernel/ids.ts';
import { errorText, type Log } from '../log.ts';
import type { Policy } from '../policy/policy.ts';
import { createReloader, fingerprintOf } from '../policy/reload.ts';
import {
  type ChangingRules,
  loadChangingRules,
  type RuleFault,
  RuleFaults,
  type RuleSources,
  type Rules,
} from './loadRules.ts';

/** The set in force now. One request should ask one set: take `current()` once. */
export type LivePolicy = Pick<Policy, 'decide' | 'allows' | 'explain' | 'why'> & {
  readonly digest: string;
  current(): Policy;
};

export type PolicyInForce = {
  readonly policy: Policy;
  readonly loadedAt: number;
  /** why the files on disk are not in force; empty: they are */
  readonly faults: readonly RuleFault[];
};

export type LiveRules = {
  readonly policy: LivePolicy;
  access(): AccessRules;
  /** for people who operate it */
  inForce(): PolicyInForce;
  start(): void;
  stop(): void;
  /** looks at the files now, as SIGHUP does */
  check(): Promise<void>;
};

export type LiveRulesParts = {
  readonly sources: RuleSources;
  readonly first: Rules;
  /** what rulesOnDisk told before `first` was loaded */
  readonly seen: string;
  /** @throws when the journal cannot be written: then nothing changes */
  readonly append: (event: AuditEvent) => Promise<unknown>;
  /** names this process in the journal */
  readonly run: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly every?: number;
  /** hears of each set that comes into force, the first one too */
  readonly onInForce?: (policy: Policy) => void;
};

/** What identifies the contents of the files that may change while a gateway runs. */
export const rulesOnDisk = (sources: RuleSources): Promise<string> =>
  fingerprintOf([{ path: sources.policies, ending: '.cedar' }, { path: sources.access }]);

const TOLD_FAULTS = 20;
const LONGEST_FAULT = 300;

export function createLiveRules({
  sources,
  first,
  seen,
  append,
  run,
  clock,
  log,
  every,
  onInForce,
}: LiveRulesParts): LiveRules {
  let rules: ChangingRules = first;
  /** A decision that was made just before a change is still told in the words of its own set. */
  let previous: Policy = first.policy;
  let loadedAt = clock.now();
  let faults: readonly RuleFault[] = [];
  onInForce?.(first.policy);
  const accessDigest = (access: AccessRules): string => sha256Hex(canonicalJson(JSON.parse(JSON.stringify(access))));
  const tell = (kind: 'policy.reloaded' | 'policy.rejected', facts: AuditEvent['facts']) =>
    append({ kind, actor: null, facts: { run, ...facts } });

  const reloader = createReloader<ChangingRules>({
    folders: [...new Set([sources.policies, dirname(sources.access)])],
    fingerprint: () => rulesOnDisk(sources),
    seen,
    load: () => loadChangingRules(sources, first.packs.vocabulary),
    async onLoaded(next) {
      const from = { policySet: rules.policy.digest, accessRules: accessDigest(rules.access) };
      const to = { policySet: next.policy.digest, accessRules: accessDigest(next.access) };
      const changed = from.policySet !== to.policySet || from.accessRules !== to.accessRules;
      if (changed) {
        await tell('policy.reloaded', { from, to });
        previous = rules.policy;
        rules = next;
        loadedAt = clock.now();
        onInForce?.(next.policy);
        log.info({ from: from.policySet, to: to.policySet }, 'policies and access rules loaded again');
      } else if (faults.length > 0) log.info({ policySet: to.policySet }, 'the files hold what is in force');
      faults = [];
    },
    async onRejected(error) {
      const found = error instanceof RuleFaults ? error.faults : [{ file: sources.policies, what: errorText(error) }];
      // At once, whatever becomes of the journal: an operator looks here first.
      faults = found;
      const said = found.map(({ file, line, column, what }) => `${file}:${line ?? 0}:${column ?? 0}: ${what}`);
      log.error({ faults: said, policySet: rules.policy.digest }, 'the changed rules have faults; the old ones stay');
      await tell('policy.rejected', {
        policySet: rules.policy.digest,
        faults: said.slice(0, TOLD_FAULTS).map((one) => one.toWellFormed().slice(0, LONGEST_FAULT)),
        count: said.length,
      });
    },
    onError: (error) => log.warn({ error: errorText(error) }, 'looking after the rules failed'),
    ...(every === undefined ? {} : { every }),
  });

  return {
    policy: {
      decide: (question) => rules.policy.decide(question),
      allows: (question) => rules.policy.allows(question),
      explain: (question, decision) =>
        (decision?.policySet === previous.digest ? previous : rules.policy).explain(question, decision),
      why: (id) => rules.policy.why(id),
      current: () => rules.policy,
      get digest() {
        return rules.policy.digest;
      },
    },
    access: () => rules.access,
    inForce: () => ({ policy: rules.policy, loadedAt, faults }),
    start: reloader.start,
    stop: reloader.stop,
    check: reloader.check,
  };
}
