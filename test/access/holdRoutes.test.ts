// Exact requests in the portal: their own person signs, asks and cancels, in the session that made them; whom the rule names
// answers once they were asked; to everybody else they do not exist.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertionFault } from '../../src/audit/verify/evidence.ts';
import type { NewHold } from '../../src/kernel/hold.ts';
import { HoldList, HoldView } from '../../src/portal/contract/holds.ts';
import { newHoldOf } from './holdKit.ts';
import { accessOn, commitOf, lastProof, RULE, sleep } from './kit.ts';
import { ORIGIN, openPortal, type Person, type Portal } from './portal.ts';

const RULED = {
  ...RULE,
  reason: { pattern: '.*\\S.{9,}', say: 'Say in a sentence why' },
  ticket: { pattern: 'MDM-[0-9]+', say: 'Give the ticket, such as MDM-4711' },
};
const WHY = { reason: 'The phone was lost in a taxi', ticket: 'MDM-4711' };

let portal: Portal;
let ada: Person;
let grace: Person;
let olga: Person;
let linus: Person;
let mallory: Person;
beforeAll(async () => {
  portal = await openPortal({ approvals: [RULED] });
  [ada, grace] = [await portal.person('ada'), await portal.person('grace')];
  [olga, linus, mallory] = [await portal.person('olga'), await portal.person('linus'), await portal.person('mallory')];
});
afterAll(() => portal.stop());

const hold = async (of: Person, change: Partial<NewHold> = {}, holds = portal.world.holds) => {
  const made = await holds.create({ ...newHoldOf(of.session), ...change });
  if (made === null) throw new Error('no hold');
  return made;
};
const forOthers = (approvals: number): Partial<NewHold> => ({
  needs: { signed: true, approvals },
  approvers: ['mdm-approvers'],
  rule: RULED.id,
});
const asked = async (of: Person, approvals = 1) => {
  const { id } = await hold(of, forOthers(approvals));
  const { status, body } = await of.post(`/api/holds/${id}/ask`, WHY);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return HoldView.parse(body);
};
const answer = async (who: Person, id: string, deed: 'sign' | 'approve', mutation = {}) => {
  const options = await who.post(`/api/holds/${id}/options`);
  if (options.status !== 200) return options;
  return who.post(`/api/holds/${id}/${deed}`, { assertion: who.authenticator.get(options.body, mutation) });
};
const sign = (who: Person, id: string, mutation = {}) => answer(who, id, 'sign', mutation);
const approve = (who: Person, id: string, mutation = {}) => answer(who, id, 'approve', mutation);
const read = async (who: Person, id: string) => HoldView.parse((await who.get(`/api/holds/${id}`)).body);
const list = async (who: Person, view: string) => HoldList.parse((await who.get(`/api/holds?view=${view}`)).body);
const release = (of: Person, id: string, approvals = 0) =>
  portal.world.acts.commit(commitOf(of.session, { hold: { id, signed: true, approvals } }));

test('it says in plain words what will happen, is signed over its digest, and released once', async () => {
  const { id } = await hold(ada);
  expect(await read(ada, id)).toMatchObject({
    state: 'waiting',
    title: 'Wipe 1 device: d-0142',
    effect: 'Erases everything on it.',
    risk: 'destructive',
    console: { id: 'acme', name: 'Acme MDM', origin: 'http://console.localhost:8080' },
    method: 'POST',
    target: '/api/devices/d-0142/wipe',
    targets: [{ kind: 'device', id: 'd-0142', name: 'iPad of Marie' }],
    parameters: '{"id":"d-0142"}',
    needs: { signed: true, approvals: 0 },
    whom: '',
    mine: true,
    grant: null,
    may: { sign: true, ask: false, approve: false, deny: false, cancel: true },
    whyNot: null,
    notes: [],
  });
  const { status, body } = await sign(ada, id);
  expect([status, HoldView.parse(body).state]).toEqual([200, 'ready']);
  const { evidence, challenge } = await lastProof(portal.world.redis, 'hold.signed');
  expect(assertionFault(evidence, challenge, { origin: ORIGIN, rpId: 'portal.localhost' })).toBeNull();
  expect((await sign(ada, id)).status).toBe(409);
  expect((await release(ada, id)).go).toBe(true);
  expect((await read(ada, id)).state).toBe('used');
  expect((await sign(ada, id)).body.reason).toBe('hold.used');
});

test('it names the grant that the act will rest on', async () => {
  const grant = await portal.world.active(ada.session, grace.session);
  const { id } = await hold(ada);
  expect((await read(ada, id)).grant).toEqual({ id: grant.id, approver: 'grace', until: grant.activeUntil });
});

describe('asked, approved and signed', () => {
  test('of a group the approver is told that its devices are those of the moment when it is sent', async () => {
    const targets = [{ kind: 'group', id: 'g-7' }];
    const notesOf = async (change: Partial<NewHold>) => {
      const { id } = await hold(ada, { ...forOthers(1), ...change });
      await ada.post(`/api/holds/${id}/ask`, WHY);
      return (await read(grace, id)).notes[0];
    };
    const group = 'It hits whatever devices the console has in the group when it is sent: maybe other ones than now';
    expect(await notesOf({ targets, devices: 40 })).toBe(`${group}, but not more than 40.`);
    expect(await notesOf({ targets, devices: 1_000_000 }), 'nobody could say how many').toBe(`${group}.`);
    expect(await notesOf({ targets: [{ kind: 'device', id: '*' }], devices: 40 })).not.toContain('group');
    expect(await notesOf({ devices: 1 })).not.toContain('group');
  });

  test('the approver reads what will happen and why, signs the same digest, and it is released', async () => {
    const { id, whom } = await asked(ada, 2);
    expect(whom).toBe('2 of mdm-approvers');
    const seen = await read(grace, id);
    expect(seen).toMatchObject({
      state: 'waiting',
      holder: { name: 'ada' },
      mine: false,
      asked: WHY,
      targets: [{ id: 'd-0142', name: 'iPad of Marie' }],
      may: { sign: false, ask: false, approve: true, deny: true, cancel: false },
      whyNot: null,
      notes: ['First "Wipe devices" by ada in 90 days.'],
    });
    expect((await approve(grace, id)).status).toBe(200);
    expect(await read(grace, id)).toMatchObject({
      approvals: [{ by: { name: 'grace' } }],
      may: { approve: false, deny: true },
      whyNot: 'You have approved this already. Somebody else must, too.',
    });
    expect(await release(ada, id, 2)).toMatchObject({ reason: 'hold.unsigned' });
    await sign(ada, id);
    expect(await release(ada, id, 2)).toMatchObject({ reason: 'approval.required' });
    expect(HoldView.parse((await approve(olga, id)).body).state).toBe('ready');
    const { evidence, challenge } = await lastProof(portal.world.redis, 'hold.approved');
    expect(assertionFault(evidence, challenge, { origin: ORIGIN, rpId: 'portal.localhost' })).toBeNull();
    expect(challenge).toBe((await lastProof(portal.world.redis, 'hold.signed')).challenge);
    expect((await release(ada, id, 2)).go).toBe(true);
    expect((await release(ada, id, 2)).go).toBe(false);
  });

  test('lists: what waits for me, and what I have asked for', async () => {
    const { id } = await asked(ada, 2);
    const untold = await hold(ada, forOthers(1));
    const idsIn = async (who: Person, view: string) => (await list(who, view)).map((one) => one.id);
    expect(await idsIn(grace, 'inbox')).toContain(id);
    expect(await idsIn(grace, 'inbox')).not.toContain(untold.id);
    expect(await idsIn(grace, 'mine')).toEqual([]);
    expect(await idsIn(ada, 'mine')).toEqual(expect.arrayContaining([id, untold.id]));
    await approve(grace, id);
    expect(await idsIn(grace, 'inbox')).not.toContain(id);
    expect(await idsIn(olga, 'inbox')).toContain(id);
    for (const who of [ada, linus, mallory]) expect((await who.get('/api/holds?view=inbox')).status).toBe(403);
    expect((await ada.get('/api/holds?view=all')).status).toBe(400);
  });

  test('the rule says what a reason and a ticket look like', async () => {
    const { id } = await hold(ada, forOthers(1));
    const { status, body } = await ada.post(`/api/holds/${id}/ask`, { reason: 'because', ticket: 'none' });
    expect([status, body.faults]).toEqual([
      400,
      [
        { at: 'reason', what: 'Say in a sentence why' },
        { at: 'ticket', what: 'Give the ticket, such as MDM-4711' },
      ],
    ]);
    expect((await ada.post(`/api/holds/${id}/ask`, { reason: 'no', ticket: '' })).status).toBe(400);
    expect((await ada.post(`/api/holds/${id}/ask`, WHY)).status).toBe(200);
    expect((await ada.post(`/api/holds/${id}/ask`, WHY)).status).toBe(409);
  });

  test('turned down with a reason: its person reads why, nobody approves it any more', async () => {
    const { id } = await asked(ada);
    expect((await grace.post(`/api/holds/${id}/deny`, { reason: ' ' })).status).toBe(400);
    expect((await grace.post(`/api/holds/${id}/deny`, { reason: 'Wrong device' })).status).toBe(200);
    expect(await read(ada, id)).toMatchObject({
      state: 'denied',
      denied: { by: { name: 'grace' }, reason: 'Wrong device' },
      whyNot: 'This request was turned down.',
    });
    expect((await approve(olga, id)).body.reason).toBe('approval.denied');
    expect((await sign(ada, id)).body.reason).toBe('approval.denied');
    expect(await release(ada, id, 1)).toMatchObject({ reason: 'approval.denied' });
  });

  test('whoever is asked for the very same again hears who turned it down, and why', async () => {
    const { id } = await asked(ada);
    await grace.post(`/api/holds/${id}/deny`, { reason: 'Not on a Friday' });
    const again = await asked(ada);
    const { notes } = await read(olga, again.id);
    expect(notes[0]).toMatch(/^grace turned the same request down .*: Not on a Friday$/);
    expect((await read(ada, again.id)).notes).toEqual([]);
  });
});

describe('who may not', () => {
  test('olga, who approves others, cannot approve or deny her own, from no session', async () => {
    const { id } = await asked(olga);
    const elsewhere = await portal.person('olga');
    for (const who of [olga, elsewhere]) {
      expect((await read(who, id)).may).toMatchObject({ approve: false, deny: false });
      const assertion = who.authenticator.get({ challenge: portal.world.holds.challenge(await held(id)) });
      expect((await who.post(`/api/holds/${id}/approve`, { assertion })).status).toBe(403);
      expect((await who.post(`/api/holds/${id}/deny`, { reason: 'no' })).status).toBe(403);
    }
    expect((await held(id)).approvals).toEqual([]);
  });

  test('to anybody else it does not exist, and to approvers not before they were asked', async () => {
    const { id } = await hold(ada, forOthers(1));
    const deeds = ['options', 'sign', 'approve', 'deny', 'ask', 'cancel'];
    const body = { assertion: { id: 'x' }, reason: 'because it is so', ticket: '' };
    const refusals = async (who: Person) => {
      const statuses = [(await who.get(`/api/holds/${id}`)).status];
      for (const deed of deeds) {
        const fitting = deed === 'options' || deed === 'cancel' ? {} : body;
        statuses.push((await who.post(`/api/holds/${id}/${deed}`, fitting)).status);
      }
      return new Set(statuses);
    };
    expect(await refusals(mallory)).toEqual(new Set([404]));
    expect(await refusals(grace)).toEqual(new Set([404]));
    await ada.post(`/api/holds/${id}/ask`, WHY);
    expect(await refusals(mallory)).toEqual(new Set([404]));
    expect((await grace.get(`/api/holds/${id}`)).status).toBe(200);
    const others = await hold(ada, { ...forOthers(1), approvers: ['mdm-leads'] });
    await ada.post(`/api/holds/${others.id}/ask`, WHY);
    expect((await grace.get(`/api/holds/${others.id}`)).status).toBe(404);
  });

  test('a reviewer reads, and does nothing', async () => {
    const { id } = await asked(ada);
    const seen = await read(linus, id);
    expect(Object.values(seen.may)).not.toContain(true);
    for (const deed of ['options', 'cancel']) expect((await linus.post(`/api/holds/${id}/${deed}`)).status).toBe(403);
    expect((await linus.post(`/api/holds/${id}/deny`, { reason: 'no' })).status).toBe(403);
  });

  test('another session of the same person reads it, and neither signs, asks nor cancels', async () => {
    const { id } = await hold(ada, forOthers(1));
    const second = await portal.person('ada');
    expect(await read(second, id)).toMatchObject({
      whyNot: 'This request was made in another session: sign in there.',
      may: { sign: false, ask: false, cancel: false },
    });
    expect((await sign(second, id)).status).toBe(403);
    expect((await second.post(`/api/holds/${id}/ask`, WHY)).status).toBe(403);
    expect((await second.post(`/api/holds/${id}/cancel`)).status).toBe(403);
    expect((await read(ada, id)).state).toBe('waiting');
  });

  test('a passkey of somebody else, a broken signature, or an answer to another request signs and approves nothing', async () => {
    const [one, other] = [await asked(ada), await asked(ada)];
    for (const [who, deed] of [
      [ada, 'sign'],
      [grace, 'approve'],
    ] as const) {
      for (const mutation of [{ brokenSignature: true }, { userVerified: false }, { challenge: 'AAAA' }])
        expect((await answer(who, one.id, deed, mutation)).body.reason).toBe('passkey.refused');
      const options = (await who.post(`/api/holds/${one.id}/options`)).body;
      const stranger = who === ada ? grace : ada;
      const foreign = stranger.authenticator.get({ challenge: options.challenge });
      const path = `/api/holds/${one.id}/${deed}`;
      expect((await who.post(path, { assertion: foreign })).body.reason).toBe('passkey.refused');
      const elsewhere = who.authenticator.get((await who.post(`/api/holds/${other.id}/options`)).body);
      expect((await who.post(path, { assertion: elsewhere })).body.reason).toBe('passkey.refused');
    }
    expect(await held(one.id)).toMatchObject({ state: 'waiting', signedAt: null, approvals: [] });
  });

  test('an answer given to sign cannot be sent again to approve', async () => {
    const { id } = await asked(ada, 2);
    const options = (await grace.post(`/api/holds/${id}/options`)).body;
    const assertion = grace.authenticator.get(options);
    expect((await grace.post(`/api/holds/${id}/approve`, { assertion })).status).toBe(200);
    expect((await olga.post(`/api/holds/${id}/approve`, { assertion })).body.reason).toBe('passkey.refused');
    expect((await held(id)).approvals).toHaveLength(1);
  });
});

test('two approvers press at once: both count', async () => {
  const { id } = await asked(ada, 2);
  const both = await Promise.all([approve(grace, id), approve(olga, id)]);
  expect(both.map(({ status }) => status)).toEqual([200, 200]);
  expect((await held(id)).approvals).toHaveLength(2);
});

test('cancelled is cancelled, expired is expired, and both say so', async () => {
  const { redis } = portal.world;
  const short = accessOn(redis, redis.keys, { holds: { lifetime: 200 } });
  const [dropped, late] = [await hold(ada), await hold(ada, {}, short.holds)];
  expect((await ada.post(`/api/holds/${dropped.id}/cancel`)).body.state).toBe('cancelled');
  expect((await sign(ada, dropped.id)).status).toBe(409);
  await sleep(250);
  expect((await read(ada, late.id)).state).toBe('expired');
  expect((await sign(ada, late.id)).body.reason).toBe('hold.expired');
  expect((await ada.post(`/api/holds/${late.id}/cancel`)).body.reason).toBe('hold.expired');
});

async function held(id: string) {
  const found = await portal.world.holds.get(id);
  if (found === null) throw new Error('no hold');
  return found;
}
