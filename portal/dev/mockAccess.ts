// The mock's answers for access, exact requests, freezes, the review and what operators look at. Development only.
import { me } from './data.ts';
import { GRANTS, HOLDS, holdViewOf, viewOf } from './dataAccess.ts';
import { BUDGETS, FAULTS, FREEZES, NOTICES, OBSERVED, POLICY, reviewOf } from './dataOperate.ts';

/** How the mock answers: with content, with nothing (204), with a problem; undefined: not one of these addresses. */
export type Answer =
  | { readonly content: unknown }
  | { readonly done: true }
  | { readonly problem: readonly [status: number, reason: string, title: string, next: string] };
export type Call = {
  readonly post: boolean;
  readonly path: string;
  readonly search: URLSearchParams;
  readonly body: Record<string, unknown>;
  readonly as: string;
  readonly mode: string | undefined;
  readonly steppedUp: boolean;
  readonly options: () => unknown;
};

const problem = (...of: [number, string, string, string]): Answer => ({ problem: of });
const STEP_UP = problem(403, 'stepup.required', 'Your passkey is needed', 'Confirm with your passkey.');

const ask = ({ as, body }: Call): Answer => {
  const [first] = GRANTS;
  if (first === undefined) return problem(500, 'mock', 'No data', '');
  const targets = body.targets as (typeof first)['targets'];
  const grant = {
    ...first,
    ...(body as object),
    id: `gr_${GRANTS.length}`,
    title: `Wipe ${targets.length} ${targets.length === 1 ? 'device' : 'devices'}: ${targets.map(({ id }) => id).join(', ')}`,
    actions: (body.actions as string[]).map((action) => ({ action, label: action })),
    askedTargets: targets,
    holder: me(as).person,
    console: { id: 'acme-mdm', name: 'Acme MDM' },
    askedMinutes: Number(body.minutes),
    askedUses: Number(body.uses),
    minutes: null,
    uses: null,
    askedAt: Date.now(),
  } as (typeof GRANTS)[number];
  GRANTS.push(grant);
  return { content: viewOf(grant, as) };
};

const oneGrant = (id: string, what: string | undefined, call: Call): Answer => {
  const grant = GRANTS.find((each) => each.id === id);
  if (grant === undefined) return problem(404, 'not.found', 'There is no such request', 'Check the link.');
  const { body, as } = call;
  if (what === 'approve/options') return { content: call.options() };
  const now = Date.now();
  const who = { id: me(as).person.id, name: as };
  if (what === 'approve') {
    const { minutes, uses } = { minutes: Number(body.minutes), uses: Number(body.uses) };
    const left = (body.targets as { id: string }[] | undefined)?.map((target) => target.id);
    const targets = left === undefined ? grant.targets : grant.targets.filter((target) => left.includes(target.id));
    const next = grant.steps.find((step) => step.approvals.length < step.count);
    next?.approvals.push({ by: who, at: now, minutes, uses, targets: targets.length });
    const done = grant.steps.every((step) => step.approvals.length >= step.count);
    Object.assign(grant, { minutes, uses, targets });
    if (done)
      Object.assign(grant, {
        state: 'active',
        usesLeft: uses,
        decidedAt: now,
        decidedBy: who,
        activeFrom: now,
        activeUntil: now + minutes * 60_000,
      });
  }
  if (what === 'deny')
    Object.assign(grant, { state: 'denied', decidedAt: now, decidedBy: who, denyReason: body.reason });
  if (what === 'withdraw') Object.assign(grant, { state: 'withdrawn', endedAt: now });
  if (what === 'end') Object.assign(grant, { state: 'ended', endedAt: now, endedBecause: 'holder', endedBy: who });
  return { content: viewOf(grant, as) };
};

const oneHold = (id: string, what: string | undefined, call: Call): Answer => {
  const hold = HOLDS.find((each) => each.id === id);
  if (hold === undefined)
    return problem(
      404,
      'hold.unknown',
      'Nothing was signed under this number',
      'Confirm the request with your passkey again.',
    );
  const { body, as } = call;
  const now = Date.now();
  const who = { id: me(as).person.id, name: as };
  if (what === 'options') return { content: call.options() };
  if (what === 'sign') hold.signedAt = now;
  if (what === 'approve') hold.approvals.push({ by: who, at: now });
  if (what === 'ask') hold.asked = { reason: String(body.reason), ticket: String(body.ticket), at: now };
  if (what === 'cancel') hold.state = 'cancelled';
  if (what === 'deny') Object.assign(hold, { state: 'denied', denied: { by: who, at: now, reason: body.reason } });
  const ready = (!hold.needs.signed || hold.signedAt !== null) && hold.approvals.length >= hold.needs.approvals;
  if (hold.state === 'waiting' && ready) hold.state = 'ready';
  return { content: holdViewOf(hold, as) };
};

const freezes = (call: Call): Answer => {
  const views = call.mode === 'frozen' ? FREEZES.filter((each) => each.releases.length < 2) : [];
  const may = me(call.as).may.freeze;
  return {
    content: views.map((each) => ({
      ...each,
      may: { release: may && !each.releases.some((by) => by.name === call.as) },
    })),
  };
};

const rule = ({ search }: Call): Answer => {
  if (search.getAll('action').includes('profile.install') && search.getAll('action').length > 1)
    return problem(400, 'input.invalid', 'These acts have different rules', 'Ask for each of them separately.');
  const automatic = search.getAll('action').join() === 'device.retire';
  return {
    content: {
      rule: automatic ? 'helpdesk-retire' : 'destructive-acts',
      reason: null,
      ticket: automatic ? null : { pattern: '(MDM|CHG)-\\d+', say: 'A ticket like MDM-4711.' },
      longest: 240,
      mostUses: 100,
      whom: automatic ? '' : '1 of mdm-approvers',
      automatic,
    },
  };
};

export const answerAccess = (call: Call): Answer | undefined => {
  const { path, post, search, as, mode, body } = call;
  const empty = mode === 'empty';
  const grant = /^\/api\/grants\/([^/]+)(?:\/(.+))?$/.exec(path);
  const hold = /^\/api\/holds\/([^/]+)(?:\/(.+))?$/.exec(path);
  const view = search.get('view');
  if (path === '/api/grants/rule') return rule(call);
  if (path === '/api/grants' && post) return ask(call);
  if (path === '/api/grants')
    return {
      content: {
        grants: (empty ? [] : GRANTS.map((each) => viewOf(each, as))).filter((each) =>
          view === 'mine' ? each.mine : view === 'inbox' ? each.state === 'asked' : true,
        ),
        next: null,
      },
    };
  if (grant?.[1] !== undefined) return oneGrant(grant[1], grant[2], call);
  if (path === '/api/holds') {
    const views = (empty ? [] : HOLDS).filter((each) => each.state === 'waiting').map((each) => holdViewOf(each, as));
    return { content: views.filter((each) => (view === 'mine' ? each.mine : each.asked !== null && !each.mine)) };
  }
  if (hold?.[1] !== undefined) return oneHold(hold[1], hold[2], call);
  if (path === '/api/freezes' && !post) return freezes(call);
  if (path === '/api/freezes')
    return call.steppedUp ? { content: { ...FREEZES[0], reason: body.reason, budget: null } } : STEP_UP;
  if (/^\/api\/freezes\/[^/]+\/release$/.test(path)) {
    if (!call.steppedUp) return STEP_UP;
    FREEZES[0]?.releases.push({ id: me(as).person.id, name: as });
    return { content: FREEZES[0] };
  }
  if (path === '/api/budgets') return { content: empty ? [] : BUDGETS };
  if (path === '/api/review') return { content: reviewOf(empty ? [] : GRANTS, search.get('person') ?? '') };
  if (path === '/api/review.csv') return { content: 'in a gateway, a file' };
  if (path === '/api/policy') return { content: mode === 'frozen' ? { ...POLICY, faults: FAULTS } : POLICY };
  if (path === '/api/policy/observed') return { content: empty ? { ...OBSERVED, rows: [] } : OBSERVED };
  if (path === '/api/notices') return { content: empty ? { channels: [], dead: [] } : NOTICES };
  if (/^\/api\/notices\/[^/]+\/retry$/.test(path)) {
    NOTICES.dead.shift();
    return { done: true };
  }
  return undefined;
};
