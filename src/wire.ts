// The composition root: the only file that builds things and knows all of them. Order: Redis, what rests on it, the domains,
// the request path, the portal, the sockets. Whatever was started is stopped again, last first, also when a later part fails.
import { join } from 'node:path';
import { createActs } from './access/acts/acts.redis.ts';
import { createBudgets } from './access/budgets/budgets.redis.ts';
import { createFreezes } from './access/freezes/freezes.redis.ts';
import { createGrantEnds } from './access/grants/ends.ts';
import { createGrants } from './access/grants/grants.redis.ts';
import { createSweep } from './access/grants/sweep.ts';
import { createHolds } from './access/holds/holds.redis.ts';
import { reasonFaults } from './access/rules/ruleFor.ts';
import { createObservedApart } from './audit/index/observedApart.ts';
import { createDoorRefusals } from './audit/journal/doorRefusals.ts';
import { createJournal } from './audit/journal/journal.redis.ts';
import { createRecovering } from './audit/recording/recovering.ts';
import { createHandoff } from './auth/handoff.ts';
import { createOidcClient } from './auth/oidc/client.ts';
import { createOidc } from './auth/oidc/flow.ts';
import { createOnce } from './auth/once.redis.ts';
import { createSessions } from './auth/session/sessions.redis.ts';
import { createPasskeys } from './auth/webauthn/passkeys.redis.ts';
import type { Config } from './config/schema.ts';
import { healthOf, startHealth } from './health.ts';
import type { Risk } from './kernel/action.ts';
import type { AuditEvent } from './kernel/auditEvent.ts';
import { systemClock } from './kernel/clock.ts';
import type { Console } from './kernel/exchange.ts';
import { newId } from './kernel/ids.ts';
import { errorText, type Log } from './log.ts';
import { createAsking } from './portal/asking.ts';
import { createConsoleWords } from './portal/consoleWords.ts';
import { policySetView } from './portal/policySetView.ts';
import { createPortal } from './portal/portal.ts';
import { createRights } from './portal/rights.ts';
import { createViewing } from './portal/viewing.ts';
import { createBeginHandoff } from './proxy/beginHandoff.ts';
import { consolesByHost } from './proxy/canonical/consolesByHost.ts';
import { createPeerOf } from './proxy/canonical/peer.ts';
import { RECORD_ANSWERS } from './proxy/forward/answerTee.ts';
import { createConnections } from './proxy/forward/connections.ts';
import { createEngine } from './proxy/forward/engine.ts';
import { createSendRequest } from './proxy/forward/send.ts';
import { createOpenSocket } from './proxy/forward/sockets.ts';
import { createListener } from './proxy/listener.ts';
import { createLive } from './proxy/live.ts';
import { renderRefusalPage } from './proxy/pages/refusalPage.ts';
import { createPipeline } from './proxy/pipeline.ts';
import { createRecogniser } from './proxy/recognise/recognise.ts';
import { createReplayPage } from './proxy/replayPage.ts';
import { createReserved } from './proxy/reserved/reserved.ts';
import { loadPageScripts } from './proxy/reserved/scripts.ts';
import { createRespond, createTellPage } from './proxy/respond.ts';
import { createDecide } from './proxy/stages/40-decide.ts';
import { VERSION } from './version.ts';
import { createDeciding } from './wire/deciding.ts';
import { createEvidence } from './wire/evidence.ts';
import { createLedger } from './wire/ledger.ts';
import { createLiveRules, rulesOnDisk } from './wire/liveRules.ts';
import { loadRules } from './wire/loadRules.ts';
import { createOutgoing } from './wire/outgoing.ts';
import { createPageRecording } from './wire/pageRecording.ts';
import { keepPolicySet } from './wire/policySets.ts';
import { createRecordings } from './wire/recordings.ts';
import { startState } from './wire/state.ts';

export type Gateway = {
  readonly port: number;
  /** Looks at the files of policies and access rules now; they are looked at every two seconds anyway. */
  reload(): Promise<void>;
  /** Takes nothing new, lets running exchanges end, closes everything. */
  close(): Promise<void>;
};

const ROOT = join(import.meta.dirname, '..');
/** ms that running exchanges get when the gateway stops */
const DRAIN = 5000;
/** ms after which a client that takes or gives nothing is given up */
const STALL = 60_000;

/**
 * @throws RuleFaults, RedisNotStarted, or an error with code EADDRINUSE; then nothing stays running
 */
export async function startGateway(config: Config, log: Log): Promise<Gateway> {
  const started: (() => unknown)[] = [];
  const stopWith = (stop: () => unknown) => started.push(stop);
  const close = async () => {
    for (const stop of started.splice(0).reverse()) {
      try {
        await stop();
      } catch (error) {
        log.error({ error: errorText(error) }, 'stopping a part failed');
      }
    }
  };
  try {
    return { ...(await start(config, log, stopWith)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  config: Config,
  log: Log,
  stopWith: (stop: () => unknown) => void,
): Promise<Omit<Gateway, 'close'>> {
  const onError = (what: string) => (error: unknown) => log.warn({ error: errorText(error) }, what);
  const { consoles } = config;
  const portalOrigin = config.portal.origin;

  // Files first: a fault in them stops the start before anything runs.
  const seen = await rulesOnDisk(config);
  const loaded = loadRules(config);
  const { packs } = loaded;
  const run = newId('gw');
  const liveRules = createLiveRules({
    ...{ sources: config, first: loaded, seen, run, clock: systemClock, log },
    append: (event) => journal.append(event),
    onInForce(set) {
      try {
        keepPolicySet(config, set);
      } catch (error) {
        onError('policy sets')(error);
      }
    },
  });
  stopWith(liveRules.stop);
  const { policy, access: rules } = liveRules;
  const words = createConsoleWords({ consoles, actionsOf: (pack) => packs.all.get(pack)?.actions ?? new Map() });
  const scriptsForPages = loadPageScripts(join(ROOT, 'shim/dist'));

  const { client, keys, scripts, pulse, inStep } = await startState(config, { log, onError, stopWith });
  const ledger = await createLedger(config, { scripts, keys, run, onError: onError('ledger') });
  // Stopped after everything that writes to the journal: so the last of it is sealed.
  stopWith(ledger.stop);

  // Domains.
  const sessions = createSessions({ scripts, client, keys, pulse, limits: config.session });
  const once = createOnce({ scripts });
  const handoff = createHandoff({ once, keys });
  const oidc = createOidc({
    client: createOidcClient({ ...config.oidc, redirectUri: `${portalOrigin}/callback`, clock: pulse.clock }),
    once,
    keys,
    groupsClaim: config.oidc.groupsClaim,
    postureClaim: config.oidc.postureClaim,
    clock: pulse.clock,
    log,
  });
  const rp = { id: new URL(portalOrigin).hostname, name: 'Sallyport', origin: portalOrigin };
  const passkeys = createPasskeys({ scripts, client, keys, once, pulse, rp });
  const freezes = createFreezes({ scripts, client, keys, pulse });
  /** An action that no pack knows is taken for the worst. */
  const riskOf = (console: string, action: string): Risk => words.describe(console, action)?.risk ?? 'destructive';
  const grants = createGrants({ scripts, client, keys, pulse, rules, riskOf, freezes: freezes.current });
  const grantEnds = createGrantEnds({ grants, onChange: pulse.onChange, onError: onError('ends of grants') });
  stopWith(grantEnds.stop);
  const holds = createHolds({ scripts, client, keys, pulse });
  const acts = createActs({ scripts, keys, budgets: () => rules().budgets });
  const budgets = createBudgets({ scripts, keys, rules: () => rules().budgets });

  const { recordingsDir, identities, index, recorder, journal } = await createRecordings(config, {
    ...{ scripts, client, keys, ledger, onError, stopWith },
  });
  const doorRefusals = createDoorRefusals({
    append: journal.append,
    clock: pulse.clock,
    run,
    onError: onError('door refusals'),
  });
  const sweep = createSweep({
    grants: {
      sweep: async () =>
        (await sessions.sweep()) + (await grants.sweep()) + (await holds.remind()) + Number(await journal.catchUp()),
    },
    onError: onError('sweep'),
  });

  const { notices, reports, exports } = createOutgoing(config, {
    ...{ scripts, client, keys, pulse, journal, grants, holds, freezes, rules, run, portalOrigin, onError },
  });
  stopWith(reports.close);

  // The request path.
  const consoleByHost = consolesByHost(consoles);
  const connections = createConnections({ idle: 30_000 });
  stopWith(connections.close);
  const live = createLive({
    findSession: sessions.find,
    findGrant: grants.get,
    clock: pulse.clock,
    onChange: pulse.onChange,
    onEnd(session) {
      recorder.endSession(session);
      connections.endSession(session);
      names.endSession(session);
    },
    log,
  });
  stopWith(live.close);
  const limits = { answer: config.limits.upstream, stall: STALL, message: 1024 * 1024, ping: 20_000 };
  const actsBySocket = (console: Console) => packs.all.get(console.pack)?.messages === true;
  const pageRecording = createPageRecording({
    ...{ state: { client, keys, scripts, pulse }, recorder, keep: config.session.absolute, actsBySocket },
    ...{ pageScripts: scriptsForPages, onError: onError('recorder of pages') },
  });
  stopWith(pageRecording.stop);
  const moreHeaders = () => [];
  const respond = createRespond({
    portalOrigin,
    beginHandoff: createBeginHandoff({ handoff, portalOrigin }),
    renderRefusalPage,
    log,
  });
  const recogniser = createRecogniser(packs);
  const engine = createEngine();
  const peerOf = createPeerOf(config.trustedProxies);
  const { names, decideParts } = createDeciding(config, {
    ...{ freezes, budgets, pageRecording, pulse, packs, engine, live, recogniser, policy, recorder, moreHeaders },
    ...{ grants, holds, rules, log },
  });
  const tellPage = createTellPage({
    portalOrigin,
    announce: async (change) => void (await client.command('PUBLISH', keys.changes, JSON.stringify(change))),
    clock: systemClock,
    log,
  });
  const pipeline = createPipeline({
    consoleByHost,
    findSession: sessions.find,
    touchSession: sessions.touch,
    recognise: recogniser.recognise,
    recogniseMessage: recogniser.recogniseMessage,
    judgesMessages: (upgrade) => recogniser.messageRules(upgrade) !== null,
    ...decideParts,
    commitAct: acts.commit,
    settleAct: acts.settle,
    actRefused: acts.refused,
    doorRefused: (reason) => doorRefusals.count(reason, null),
    openRecording: recorder.open,
    sendRequest: createSendRequest({
      engine,
      connections,
      live,
      pageTags: pageRecording.pageTags,
      moreHeaders,
      recordAnswers: (console) => packs.all.get(console.pack)?.record ?? RECORD_ANSWERS,
      limits,
    }),
    openSocket: createOpenSocket({ live, moreHeaders, touchSession: sessions.touch, limits }),
    respond,
    tellPage,
    log,
  });

  // The portal, and the few things of ours on the consoles' origins.
  const rights = createRights({ allows: policy.allows, words, networks: Object.keys(config.networks) });
  const { mayAsk } = rights;
  const asking = createAsking({ words, rules, mayAsk, grants, namesOf: names.known, clock: pulse.clock });
  const reserved = createReserved({
    portalOrigin,
    scripts: scriptsForPages,
    sessions,
    enter: { redeem: handoff.redeem, issueToken: sessions.issueToken },
    grants: { get: grants.get, ask: asking.ask },
    holds,
    describe(console, action, targets) {
      const known = words.describe(console.id, action);
      return known && { title: words.titleOf(console.id, [action], targets), risk: known.risk };
    },
    askRule(console, actions, person) {
      const rule = asking.rule(person, console, actions);
      return rule.ok ? rule.value : null;
    },
    askFaults(hold, said) {
      const rule = rules().approvals.find(({ id }) => id === hold.rule);
      return rule === undefined ? [] : reasonFaults(rule, said);
    },
    preflight: {
      recognise: recogniser.recognise,
      decide: createDecide(decideParts),
      allowancesOf: recogniser.allowances,
      peerOf,
    },
    may: rights.may,
    events: { onChange: pulse.onChange, track: live.track },
    ...pageRecording.reserved,
    clock: pulse.clock,
    log,
  });
  const evidence = createEvidence(config, {
    ...{ scripts, client, keys, journal, ledger, identities, log },
    onError: onError('evidence'),
  });
  stopWith(evidence.stop);
  const viewing = createViewing({
    ...{ rights, activeFor: grants.activeFor, client, keys, journal },
    reason: config.viewing.reason,
    keep: config.session.absolute,
  });
  const portal = createPortal({
    ...{ portalOrigin, version: VERSION, consoles, idle: config.session.idle, pulse, words, rights, asking, rules },
    ...{ oidc, handoff, sessions, passkeys, grants, holds, freezes, budgets, index, journal, viewing },
    ...{ track: live.track, log },
    reports,
    exportReport: exports.report,
    operate: {
      policySet: () => policySetView(liveRules.inForce()),
      observed: createObservedApart({ dir: recordingsDir, identities }),
      notices,
    },
    replay: { replayOrigin: config.replay.origin, events: index.replayEvents, readable: index.readable },
    evidence,
    staticDir: join(ROOT, 'portal/dist'),
  });

  // The sockets.
  const listener = createListener({
    portalOrigin,
    replay: {
      origin: config.replay.origin,
      answer: createReplayPage({ dir: join(ROOT, 'portal/replay/dist'), portalOrigin }),
    },
    consoleByHost,
    allowancesOf: (host) => packs.all.get(consoleByHost(host)?.pack ?? '')?.allowances ?? null,
    peerOf,
    portal,
    reserved: reserved.handle,
    pipeline,
    respond,
    doorRefused: (reason) => doorRefusals.count(reason, null),
    clock: systemClock,
    limits: { headers: config.limits.requestHead, body: config.limits.requestBody, keepAlive: 65_000, drain: DRAIN },
    log,
  });
  const port = await listener.listen(config.listen.port, config.listen.host);
  stopWith(listener.close);
  if (config.health) {
    const health = await startHealth({
      ...config.health,
      report: () => healthOf(pulse.age(), recorder.health(), ledger.state(), exports.state()),
    });
    stopWith(health.close);
  }

  const tell = (kind: 'gateway.started' | 'gateway.stopped'): AuditEvent => ({
    kind,
    actor: null,
    facts: { run, policySet: policy.digest },
  });
  inStep.then(
    () => journal.append(tell('gateway.started')).catch(onError('journal')),
    () => undefined,
  );
  liveRules.start();
  index.start();
  const recovering = createRecovering({ recover: recorder.recover, onError: onError('recorder') });
  inStep.then(recovering.start, () => undefined);
  stopWith(recovering.stop);
  ledger.start(createJournal({ scripts, client, keys }));
  evidence.start();
  doorRefusals.start();
  sweep.start();
  notices.start();
  exports.start();
  grantEnds.start();
  stopWith(async () => {
    liveRules.stop();
    sweep.stop();
    await notices.stop();
    await exports.stop();
    live.close();
    await doorRefusals.stop();
    await journal.append(tell('gateway.stopped')).catch(onError('journal'));
  });
  log.info({ port, run, consoles: consoles.length, policySet: policy.digest }, 'listening');
  return { port, reload: liveRules.check };
}
