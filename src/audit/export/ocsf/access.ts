// Sign-ins, passkeys, grants, holds, freezes and the gateway's own life as OCSF classes.
import { compact, type Made, number, plural, type ReadEvent, type Severity, text } from './event.ts';
import { actorOf, privilegesOf, resourcesOf, sourceOf, userOf } from './people.ts';

const OTHER = 99;
const who = (event: ReadEvent): string => event.actorName ?? event.actor ?? 'Sallyport';

function authentication(
  event: ReadEvent,
  made: Pick<Made, 'activity' | 'severity' | 'status' | 'message'>,
  mfa: boolean,
): Made {
  const oidc = event.kind.startsWith('login.');
  return {
    class: 3002,
    ...made,
    ...(made.activity === OTHER ? { activityName: event.kind } : {}),
    more: {
      user: event.actor === null ? { name: 'unknown' } : userOf(event.actor, event.actorName),
      service: { name: oidc ? 'identity provider' : 'portal' },
      session: event.session === null ? undefined : { uid: event.session },
      auth_protocol_id: oidc ? 4 : undefined,
      auth_protocol: oidc ? 'OpenID' : undefined,
      is_mfa: mfa ? true : undefined,
      src_endpoint: sourceOf(event.facts),
      status_detail: text(event.facts.fault) ?? text(event.facts.why) ?? text(event.facts.because),
    },
  };
}

export const login = (event: ReadEvent): Made =>
  event.kind === 'login.succeeded'
    ? authentication(event, { activity: 1, severity: 1, status: 'success', message: `${who(event)} signed in` }, false)
    : authentication(event, { activity: 1, severity: 3, status: 'failure', message: 'A sign-in failed' }, false);

export const sessionEnded = (event: ReadEvent): Made =>
  authentication(event, { activity: 2, severity: 1, status: 'success', message: 'A session ended' }, false);

export function stepUp(event: ReadEvent): Made {
  const done = event.kind === 'stepup.succeeded';
  const message = `${who(event)}: passkey ${done ? 'accepted' : 'not accepted'}`;
  return authentication(
    event,
    { activity: OTHER, severity: done ? 1 : 3, status: done ? 'success' : 'failure', message },
    true,
  );
}

const PASSKEY: { readonly [kind: string]: number } = { 'passkey.enrolled': 10, 'passkey.removed': 11 };

export const passkey = (event: ReadEvent): Made => ({
  class: 3001,
  activity: PASSKEY[event.kind] ?? OTHER,
  activityName: event.kind,
  severity: 2,
  status: 'success',
  message: `${who(event)}: ${event.kind}`,
  more: { actor: actorOf(event), user: userOf(event.actor, event.actorName), src_endpoint: sourceOf(event.facts) },
});

/** Rights come with the approval and go with the end; the steps between are told under their own names. */
const GRANT: { readonly [kind: string]: readonly [activity: number, severity: Severity, said: string] } = {
  'grant.approved': [1, 3, 'access was approved'],
  'grant.ended': [2, 1, 'access ended'],
  'grant.withdrawn': [2, 1, 'a request for access was withdrawn'],
  'grant.asked': [OTHER, 2, 'access was asked for'],
  'grant.denied': [OTHER, 2, 'access was denied'],
};

export function grant(event: ReadEvent): Made {
  const [activity, severity, said] = GRANT[event.kind] ?? ([OTHER, 1, event.kind] as const);
  const { facts } = event;
  const holder = text(facts.holder) ?? event.actor;
  const name = text(facts.holderName) ?? (holder === event.actor ? event.actorName : holder);
  return {
    class: 3005,
    activity,
    activityName: event.kind,
    severity,
    status: event.kind === 'grant.denied' ? 'failure' : 'success',
    message: `${who(event)}: ${said}: ${text(facts.title) ?? text(facts.grant) ?? ''}`,
    more: {
      actor: actorOf(event),
      user: userOf(holder, name),
      privileges: privilegesOf(facts),
      resources: resourcesOf(facts.targets, event.console),
      status_detail: text(facts.reason) ?? text(facts.because),
    },
  };
}

const HOLD: { readonly [kind: string]: number } = { 'hold.created': 1, 'hold.cancelled': 4 };

export function hold(event: ReadEvent): Made {
  const { facts } = event;
  const denied = event.kind === 'hold.denied';
  return {
    class: 3004,
    activity: HOLD[event.kind] ?? 3,
    severity: denied ? 3 : 2,
    status: denied ? 'failure' : 'success',
    message: `${who(event)}: ${event.kind}: ${text(facts.title) ?? ''}`,
    more: {
      actor: actorOf(event),
      entity: compact({ uid: text(facts.hold) ?? 'unknown', name: text(facts.title), type: 'hold', type_id: OTHER }),
      comment: text(facts.reason),
    },
  };
}

export function policy(event: ReadEvent): Made {
  const rejected = event.kind === 'policy.rejected';
  const set = text(event.facts.policySet) ?? text(event.facts.digest) ?? 'policies';
  return {
    class: 3004,
    activity: 3,
    severity: rejected ? 4 : 3,
    status: rejected ? 'failure' : 'success',
    message: rejected ? 'Changed policies were not taken: they have faults' : 'Policies were changed',
    more: {
      actor: actorOf(event),
      entity: { uid: set, name: 'policies', type: 'Policy', type_id: 5, policy: { uid: set, name: 'policies' } },
    },
  };
}

const FREEZE: { readonly [kind: string]: readonly [activity: number, status: number, said: string] } = {
  'freeze.set': [1, 1, 'Acts are refused'],
  'freeze.released': [2, 2, 'One of two has released a freeze'],
  'freeze.ended': [3, 4, 'A freeze has ended'],
};
const FINDING = ['Unknown', 'New', 'In Progress', 'Suppressed', 'Resolved'] as const;

/** A breaker that tripped, or somebody who stopped everything. */
export function freeze(event: ReadEvent): Made {
  const [activity, status, said] = FREEZE[event.kind] ?? ([2, 2, event.kind] as const);
  const { facts } = event;
  const budget = text(facts.budget);
  return {
    class: 2004,
    activity,
    severity: activity === 1 ? 5 : 3,
    status: 'unknown',
    message: `${said}: ${text(facts.reason) ?? ''}`,
    more: {
      // The states of a finding are not those of a request.
      status_id: status,
      status: FINDING[status],
      actor: actorOf(event),
      finding_info: compact({
        uid: text(facts.freeze) ?? 'unknown',
        title: budget === undefined ? 'Acts were frozen' : 'A budget was overrun and the breaker tripped',
        desc: text(facts.reason),
        types: [budget === undefined ? 'freeze' : 'budget breaker'],
      }),
    },
  };
}

const LIFE: { readonly [kind: string]: readonly [activity: number, severity: Severity, said: string] } = {
  'gateway.started': [3, 1, 'A gateway started'],
  'gateway.stopped': [4, 2, 'A gateway stopped'],
  'epoch.renewed': [OTHER, 4, 'The data is another one than before'],
};

export function life(event: ReadEvent, version: string): Made {
  const [activity, severity, said] = LIFE[event.kind] ?? ([OTHER, 3, event.kind] as const);
  return {
    class: 6002,
    activity,
    activityName: event.kind,
    severity,
    status: 'success',
    message: said,
    more: { app: compact({ name: 'Sallyport', vendor_name: 'Sallyport', version, uid: text(event.facts.run) }) },
  };
}

/** Notices that could not be sent, destinations that fell behind, entries that were left out: somebody must look. */
export function trouble(event: ReadEvent): Made {
  const { facts } = event;
  const where = text(facts.channel) ?? text(facts.destination) ?? '';
  const count = number(facts.lag) ?? number(facts.count);
  return {
    class: 6002,
    activity: OTHER,
    activityName: event.kind,
    severity: event.kind === 'export.recovered' ? 1 : 4,
    status: event.kind === 'export.recovered' ? 'success' : 'failure',
    message: `${event.kind} ${where}${count === undefined ? '' : `: ${plural(count, 'entry').replace('entrys', 'entries')}`}`,
    more: { app: { name: 'Sallyport', vendor_name: 'Sallyport' }, status_detail: text(facts.why) },
  };
}
