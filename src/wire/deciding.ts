// What stage 40 decides with: facts, the policy in force, what the person has, and what the console is asked. Part of the
// composition: called by wire.ts, once.
import type { Budgets } from '../access/budgets/budgets.redis.ts';
import type { Freezes } from '../access/freezes/freezes.redis.ts';
import type { Grants } from '../access/grants/grants.redis.ts';
import type { Holds } from '../access/holds/holds.redis.ts';
import { ruleFor, whomOf } from '../access/rules/ruleFor.ts';
import type { Recorder } from '../audit/recording/recorder.ts';
import { redactBody } from '../audit/recording/redact.ts';
import type { Config } from '../config/schema.ts';
import type { AccessRules } from '../kernel/accessRules.ts';
import { systemClock } from '../kernel/clock.ts';
import { freezes as freezesAct } from '../kernel/freeze.ts';
import type { Log } from '../log.ts';
import { type AskConsoleParts, createAskConsole } from '../proxy/asking/askConsole.ts';
import { createCounts } from '../proxy/asking/counts.ts';
import { createNames, type Names } from '../proxy/asking/names.ts';
import { createGatherFacts, type FactParts } from '../proxy/facts/gather.ts';
import { createLocalTime } from '../proxy/facts/localTime.ts';
import { createNetworks } from '../proxy/facts/networks.ts';
import type { Packs } from '../proxy/recognise/loadPacks.ts';
import type { Recogniser } from '../proxy/recognise/recognise.ts';
import type { DecideParts } from '../proxy/stages/40-decide.ts';
import type { LivePolicy } from './liveRules.ts';
import type { PageRecording } from './pageRecording.ts';
import type { State } from './state.ts';

export type DecidingParts = Pick<AskConsoleParts, 'engine' | 'live' | 'moreHeaders'> & {
  readonly freezes: Pick<Freezes, 'current'>;
  readonly budgets: Pick<Budgets, 'stateFor' | 'spentFor'>;
  readonly grants: Pick<Grants, 'activeFor'>;
  readonly holds: Pick<Holds, 'check' | 'create'>;
  readonly pageRecording: Pick<PageRecording, 'recordedAs'>;
  readonly recorder: Pick<Recorder, 'open'>;
  readonly pulse: State['pulse'];
  readonly packs: Packs;
  readonly recogniser: Recogniser;
  readonly policy: LivePolicy;
  readonly rules: () => AccessRules;
  readonly log: Log;
};

export function createDeciding(
  config: Pick<Config, 'networks'>,
  parts: DecidingParts,
): { readonly names: Names; readonly decideParts: DecideParts } {
  const { freezes, budgets, grants, holds, pageRecording, recorder, pulse, packs, recogniser, policy, rules } = parts;
  const { engine, live, moreHeaders, log } = parts;
  const factParts: FactParts = {
    frozen: async (console, action) => (await freezes.current()).some((freeze) => freezesAct(freeze, console, action)),
    budgetOf: budgets.stateFor,
    recordedAs: pageRecording.recordedAs,
    networksOf: createNetworks(config.networks),
    localTime: createLocalTime(),
    clock: pulse.clock,
  };
  const packOf = (pack: string) => packs.all.get(pack);
  const askConsole = createAskConsole({
    engine,
    live,
    recognise: recogniser.recognise,
    allowancesOf: recogniser.allowances,
    gatherFacts: createGatherFacts(factParts),
    decide: policy.decide,
    openRecording: recorder.open,
    redactBody,
    moreHeaders,
    clock: systemClock,
    log,
  });
  const names = createNames({ ask: askConsole, packOf });
  const decideParts: DecideParts = {
    ...factParts,
    policy: policy.current,
    activeGrants: grants.activeFor,
    checkHold: holds.check,
    createHold: holds.create,
    ruleOf(console, actions) {
      const rule = ruleFor(rules(), console, actions);
      return rule && { ...rule, whom: whomOf(rule) };
    },
    withDevices: createCounts({ ask: askConsole, packOf }),
    withNames: names.withNames,
    async budgetTold(principal, console, action) {
      const spent = await budgets.spentFor(principal, console, action);
      return spent && { freesAt: spent.freesAt, ask: spent.rule.ask };
    },
    redactBody,
  };
  return { names, decideParts };
}
