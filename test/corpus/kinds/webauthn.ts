// Passkey ceremonies with exactly one thing changed, against the portal's real routes. Denied means: no step-up, no passkey.

import type { GrantView } from '../../../src/portal/contract/grants.ts';
import type { Authenticator, CreationOptions, Mutation, RequestOptions } from '../../kit/authenticator.ts';
import { createAuthenticator } from '../../kit/authenticator.ts';
import type { Case } from '../cases.ts';
import { type CorpusStack, type Member, PORTAL } from '../stack.ts';
import type { Problem } from '../verdicts.ts';

type Known = readonly [RegExp, (found: RegExpExecArray) => Mutation];

/** What is changed, by the words of the case. */
const CHANGES: readonly Known[] = [
  [
    /^challenge missing/,
    () => ({ clientDataText: (text) => JSON.stringify({ ...JSON.parse(text), challenge: undefined }) }),
  ],
  [/^challenge (empty|all zero)/, ([, how]) => ({ challenge: how === 'empty' ? '' : 'A'.repeat(43) })],
  [/^origin (\S+:\/\/\S+)/, ([, origin = '']) => ({ origin })],
  [/^origin taken from/, () => ({ origin: 'https://evil.test' })],
  [/^crossOrigin true/, () => ({ crossOrigin: true })],
  [/^topOrigin (\S+)/, ([, topOrigin = '']) => ({ crossOrigin: true, topOrigin })],
  [/^type (\S+)/, ([, type = '']) => ({ type })],
  [/^rpIdHash of (?:the parent|corp\.test)/, () => ({ rpId: 'corp.test' })],
  [/^rpIdHash/, () => ({ rpId: 'evil.test' })],
  [/^UP (flag )?0/, () => ({ userPresent: false })],
  [/^UV (flag )?0/, () => ({ userVerified: false })],
  [/^userHandle of another/, () => ({ userHandle: 'c29tZWJvZHkgZWxzZQ' })],
  [/^authenticatorData truncated/, () => ({ authenticatorData: (data) => data.subarray(0, 30) })],
  [
    /^authenticatorData (with|has) (extra|trailing)/,
    () => ({ authenticatorData: (data) => Buffer.concat([data, Buffer.from('x')]) }),
  ],
  [/duplicate "?challenge/, () => ({ clientDataText: (text) => text.replace('{', '{"challenge":"AAAA",') })],
  [/^clientDataJSON (not JSON|broken)/, () => ({ clientDataText: (text) => text.slice(1) })],
  [/^base64 instead/, () => ({ base64: true })],
  [/^id and rawId differ/, () => ({ rawId: 'b3RoZXI' })],
  [/signature.*(another key|other key)|^signed with/, () => ({ foreignKey: true })],
  [/signature.*(changed|flipped|wrong|bit)/, () => ({ brokenSignature: true })],
  [/^alg outside/, () => ({ algorithm: -35 })],
  [/^challenge\b.*(bit|byte|character|changed|random|other)/, () => ({ challenge: 'A'.repeat(43) })],
  [/^origin null/, () => ({ origin: 'null' })],
  [/^rpId\b/, () => ({ rpId: 'evil.test' })],
  [/^credential (id )?(unknown|nobody)|^unknown credential/, () => ({ id: 'bm9ib2R5IGtub3dzIGl0' })],
  [/^signature/, () => ({ brokenSignature: true })],
  [/^authenticatorData empty/, () => ({ authenticatorData: () => Buffer.alloc(0) })],
  [/^(none|nothing|good|no change)/, () => ({})],
  [/^(signCount (\+1|higher)|clientExtensionResults)/, () => ({})],
];
const changeOf = (words: string): Mutation | null => {
  for (const [pattern, change] of CHANGES) {
    const found = pattern.exec(words);
    if (found !== null) return change(found);
  }
  return null;
};

let people = 0;

export async function runWebauthn(stack: CorpusStack, one: Case): Promise<Problem | { readonly notRun: string }> {
  const words = one.mutation ?? '';
  people += 1;
  const counts = !/signCount 0/.test(words);
  const who = await stack.signIn(`key-${people}`, ['mdm-admins']);
  const authenticator = createAuthenticator(PORTAL, { counts });
  const denied = (status: number): Problem =>
    (status === 200) === (one.expected === 'allow') ? null : `was answered with ${status}`;
  if (one.ceremony === 'register') return register(stack, one, who, authenticator);

  await enrol(who, authenticator);
  const options = async (from: Member = who) => (await from.post('/api/stepup/options')).json<RequestOptions>();
  const stepUp = async (assertion: object, more: object = {}) =>
    (await who.post('/api/stepup', { assertion, ...more })).status;
  if (/challenge (from|of) another session/.test(words)) {
    const { challenge } = await options(stack.members.get('reader'));
    return denied(await stepUp(authenticator.get({ ...(await options()), challenge })));
  }
  if (/^challenge (for|of) (device|another|action|grant)/.test(words))
    return denied(await otherPurpose(stack, who, authenticator, stepUp));
  if (/used before|sent twice/.test(words)) {
    const assertion = authenticator.get(await options());
    const answers = /same moment/.test(words)
      ? await Promise.all([stepUp(assertion), stepUp(assertion)])
      : [await stepUp(assertion), await stepUp(assertion)];
    return answers.filter((status) => status === 200).length === 1 ? null : `was answered with ${answers}`;
  }
  if (/expired/.test(words)) {
    const asked = await options();
    await stack.lapseChallenges();
    return denied(await stepUp(authenticator.get(asked)));
  }
  if (/credential deleted/.test(words)) {
    const asked = await options();
    const assertion = authenticator.get(asked);
    await stepUp(authenticator.get(await options()));
    await who.post(`/api/passkeys/${authenticator.credentials[0]?.id}/remove`);
    return denied(await stepUp(assertion));
  }
  if (/credential of another/.test(words)) {
    const foreign = stack.members.get('reader')?.authenticator;
    const { challenge, rpId = '' } = await options();
    return denied(await stepUp(foreign?.get({ challenge, rpId }) ?? {}));
  }
  if (/signCount (lower|equal)/.test(words)) {
    await stepUp(authenticator.get(await options()));
    await stepUp(authenticator.get(await options()));
    return denied(await stepUp(authenticator.get(await options(), { counter: /lower/.test(words) ? 1 : 2 })));
  }
  if (/signCount 0, stored 0/.test(words)) return denied(await stepUp(authenticator.get(await options())));
  const change = changeOf(words);
  if (change === null) return { notRun: `nobody knows how to change: ${words}` };
  const assertion = authenticator.get(await options(), change);
  const extensions = /^clientExtensionResults (\{.*\})/.exec(words)?.[1];
  if (extensions !== undefined) assertion.clientExtensionResults = JSON.parse(extensions);
  return denied(await stepUp(assertion, /request body/.test(words) ? { origin: 'https://evil.test' } : {}));
}

async function enrol(who: Member, authenticator: Authenticator, mutation: Mutation = {}, more: object = {}) {
  const options = await who.post('/api/passkeys/options');
  if (options.status !== 200) return options;
  const credential = authenticator.create(options.json<CreationOptions>(), mutation);
  return who.post('/api/passkeys', { name: 'key', credential, ...more });
}

/** The challenge is one that an approval of somebody's ask waits for. */
async function otherPurpose(
  stack: CorpusStack,
  who: Member,
  authenticator: Authenticator,
  stepUp: (assertion: object) => Promise<number>,
) {
  const [alice, dave] = [stack.members.get('reader'), stack.members.get('approver')];
  if (alice === undefined || dave === undefined) return 0;
  const asked = (await stack.askOf(alice, 'device.wipe', ['43'])).json<GrantView>();
  const options = await dave.post(`/api/grants/${asked.id}/approve/options`, { minutes: 5, uses: 1 });
  await alice.post(`/api/grants/${asked.id}/withdraw`);
  const { challenge } = options.json<RequestOptions>();
  const own = (await who.post('/api/stepup/options')).json<RequestOptions>();
  return stepUp(authenticator.get({ ...own, challenge }));
}

async function register(
  stack: CorpusStack,
  one: Case,
  who: Member,
  authenticator: Authenticator,
): Promise<Problem | { readonly notRun: string }> {
  const words = one.mutation ?? '';
  const keysOf = async (member: Member) => (await member.read('/api/passkeys')).json<unknown[]>().length;
  const refused = async (status: number): Promise<Problem> =>
    status !== 200 && (await keysOf(who)) === 0 ? null : `was answered with ${status}`;
  if (/no fresh step-up/.test(words)) {
    // The product's proof for a further passkey is a login of the last five minutes.
    await enrol(who, authenticator);
    await stack.loginWas(who, 6 * 60_000);
    return (await enrol(who, createAuthenticator(PORTAL))).status === 200 ? 'was enrolled' : null;
  }
  if (/ticket/.test(words))
    return (await enrol(who, authenticator)).status === 200 ? 'was enrolled without a ticket' : null;
  if (/another user id/.test(words)) {
    const alice = stack.members.get('reader') as Member;
    const before = await keysOf(alice);
    await enrol(who, authenticator, {}, { user: 'alice', owner: 'alice', person: `${stack.idp.issuer}#alice` });
    return (await keysOf(alice)) === before ? null : 'alice has a passkey more';
  }
  if (/CSRF/.test(words)) {
    const options = await who.post('/api/passkeys/options');
    const credential = authenticator.create(options.json<CreationOptions>());
    const foreign = { origin: 'https://mdm.corp.test', 'sec-fetch-site': 'same-site', 'x-sallyport-csrf': '' };
    return refused((await who.post('/api/passkeys', { name: 'key', credential }, foreign)).status);
  }
  if (/already registered/.test(words)) {
    const id = stack.members.get('reader')?.authenticator.credentials[0]?.id ?? '';
    return refused((await enrol(who, authenticator, { id })).status);
  }
  const change = changeOf(words);
  if (change === null) return { notRun: `nobody knows how to change: ${words}` };
  return refused((await enrol(who, authenticator, change)).status);
}
