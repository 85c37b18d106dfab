// What admins do in consoles, and what was refused: API Activity (6003). What auditors read in the portal too.
import { compact, type Facts, type Made, number, plural, type ReadEvent, type Severity, text, texts } from './event.ts';
import { actorOf, resourcesOf, sourceOf } from './people.ts';

const SEVERITY: { readonly [risk: string]: Severity } = { read: 1, low: 2, high: 3, destructive: 4 };
const CREATE = 1;
const READ = 2;
const UPDATE = 3;
const DELETE = 4;
const LOOK = 99;

/** By the last word of the action's name; what is neither made nor taken away is changed. */
function activityOf(action: string | undefined, risk: string | undefined): number {
  if (risk === 'read' || action?.endsWith('.read')) return READ;
  const verb = action?.split('.').at(-1) ?? '';
  if (/^(?:create|add|enrol|enroll|install|invite)$/.test(verb)) return CREATE;
  if (/^(?:delete|remove|wipe|erase|retire|unenrol|unenroll)$/.test(verb)) return DELETE;
  return UPDATE;
}

/** @param about the facts that name action and targets: those of the intent for an outcome */
function request(event: ReadEvent, about: Facts): Made['more'] {
  const { facts } = event;
  const action = text(about.action);
  const target = text(about.target);
  const [path, query] = target === undefined ? [] : cut(target);
  const method = text(about.method);
  const status = number(facts.status);
  return {
    actor: actorOf(event),
    src_endpoint: sourceOf(about),
    api: compact({
      operation: action ?? event.kind,
      service: event.console === null ? undefined : { name: event.console, uid: event.console },
      request: event.exchange === null ? undefined : { uid: event.exchange },
      response: response(status, text(facts.reason)),
    }),
    resources: resourcesOf(about.targets, event.console),
    http_request:
      method === undefined && path === undefined
        ? undefined
        : compact({
            http_method: method,
            url: path === undefined ? undefined : compact({ path, query_string: query }),
          }),
    http_response: status === undefined ? undefined : { code: status },
    status_code: status === undefined ? undefined : String(status),
    status_detail: text(facts.reason),
  };
}

const response = (status: number | undefined, reason: string | undefined) =>
  status === undefined && reason === undefined ? undefined : compact({ code: status, error: reason });

const cut = (target: string): [string, string | undefined] => {
  const mark = target.indexOf('?');
  return mark < 0 ? [target, undefined] : [target.slice(0, mark), target.slice(mark + 1)];
};

const titleOf = (about: Facts, fallback: string): string => text(about.title) ?? text(about.action) ?? fallback;
const who = (event: ReadEvent): string => event.actorName ?? event.actor ?? 'Somebody';

export function intent(event: ReadEvent): Made {
  const { facts } = event;
  const risk = text(facts.risk);
  return {
    class: 6003,
    activity: activityOf(text(facts.action), risk),
    severity: SEVERITY[risk ?? ''] ?? 4,
    status: 'unknown',
    message: `${who(event)} is about to: ${titleOf(facts, 'act')}`,
    more: request(event, facts),
  };
}

/** @param about facts of the intent; null when it is not there any more */
export function outcome(event: ReadEvent, about: Facts | null): Made {
  const { facts } = event;
  const known = about ?? {};
  const risk = text(known.risk);
  const status = number(facts.status);
  const reason = text(facts.reason);
  const failed = reason !== undefined || facts.sent === false || (status !== undefined && status >= 400);
  // Cut off in the middle, or never answered: it may have happened.
  const sure = status !== undefined && facts.end === 'done';
  const title = titleOf(known, 'the act');
  return {
    class: 6003,
    activity: about === null ? 0 : activityOf(text(known.action), risk),
    severity: SEVERITY[risk ?? ''] ?? 4,
    status: failed ? 'failure' : sure ? 'success' : 'unknown',
    message: `${who(event)}: ${title}: ${reason ?? (status === undefined ? 'outcome unknown' : `answered ${status}`)}`,
    more: request(event, known),
  };
}

export function refused(event: ReadEvent): Made {
  const { facts } = event;
  const observed = event.kind === 'request.observed';
  return {
    class: 6003,
    activity: activityOf(text(facts.action), text(facts.risk)),
    severity: 3,
    status: observed ? 'success' : 'failure',
    message: `${who(event)}: ${titleOf(facts, 'a request')} ${observed ? 'would have been' : 'was'} refused: ${text(facts.reason) ?? 'unknown'}`,
    more: request(event, facts),
  };
}

/** Refusals of people whom nobody knew, counted by reason. */
export function door(event: ReadEvent): Made {
  const rows = Array.isArray(event.facts.refusals)
    ? (event.facts.refusals as { count?: unknown; reason?: unknown }[])
    : [];
  const count = rows.reduce((sum, row) => sum + (number(row?.count) ?? 0), 0);
  const reasons = [...new Set(texts(rows.map((row) => row?.reason)))].slice(0, 10);
  return {
    class: 6003,
    activity: 0,
    severity: 2,
    status: 'failure',
    message: `${plural(count, 'request')} of nobody known refused: ${reasons.join(', ')}`,
    more: {
      actor: { app_name: 'unknown' },
      src_endpoint: { name: 'unknown' },
      api: { operation: 'door.refused' },
      count: Math.max(1, count),
      start_time: number(event.facts.since),
      end_time: number(event.facts.until),
      status_detail: reasons.join(', '),
    },
  };
}

/** Somebody looked at what is kept, or took it away. */
export function look(event: ReadEvent): Made {
  return {
    class: 6003,
    activity: LOOK,
    activityName: event.kind,
    severity: 2,
    status: 'success',
    message: `${who(event)}: ${event.kind}`,
    more: {
      actor: actorOf(event),
      src_endpoint: sourceOf(event.facts),
      api: { operation: event.kind, service: { name: 'portal' } },
    },
  };
}
