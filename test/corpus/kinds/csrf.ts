// Cross-site requests to the portal: the corpus's request r1 is a real ask of alice, and its approval a real one by dave, with
// his passkey's signature; so what is refused is refused for where it came from and for nothing else.

import type { GrantView } from '../../../src/portal/contract/grants.ts';
import type { RequestOptions } from '../../kit/authenticator.ts';
import { buildRequest, type Case } from '../cases.ts';
import { exchange } from '../exchange.ts';
import { type CorpusStack, HOST } from '../stack.ts';
import type { Problem } from '../verdicts.ts';

export async function runCsrf(stack: CorpusStack, one: Case): Promise<Problem> {
  const [alice, dave] = [stack.members.get('reader'), stack.members.get('approver')];
  if (alice === undefined || dave === undefined) return 'nobody is there';
  const asked = (await stack.askOf(alice, 'device.wipe', ['7'])).json<GrantView>();
  const terms = { minutes: 5, uses: 1 };
  const options = await dave.post(`/api/grants/${asked.id}/approve/options`, terms);
  const body = JSON.stringify({ ...terms, assertion: dave.authenticator.get(options.json<RequestOptions>()) });
  const ours: Case = {
    ...one,
    target: (one.target ?? '')
      .replace('/.gw/', '/.sallyport/')
      .replace('/api/requests/r1', `/api/grants/${asked.id}`)
      .replace('/requests/r1', `/approvals/${asked.id}`),
    headers: (one.headers ?? []).map(([name, value]) =>
      name.toLowerCase() === 'x-csrf-token'
        ? ['X-Sallyport-Csrf', value === '<good>' ? dave.csrf : value]
        : [name, value],
    ),
    ...(one.body === '{"decision":"approve"}' ? { body } : {}),
  };
  const seen = await exchange(stack, buildRequest(ours, stack.cookieOf, HOST).bytes);
  const { state } = (await alice.read(`/api/grants/${asked.id}`)).json<GrantView>();
  await alice.post(`/api/grants/${asked.id}/${state === asked.state ? 'withdraw' : 'end'}`);
  const [status = 0] = seen.statuses;
  if (seen.requests.length > 0) return `reached the console: ${seen.requests[0]?.line}`;
  if (/^access-control-/im.test(seen.reply.head)) return 'the answer has CORS headers';
  if (one.expected === 'deny') {
    if (state !== asked.state) return `the ask is ${state}`;
    return status >= 400 && status < 500 ? null : `was answered with ${status}`;
  }
  if (status !== 200) return `was answered with ${status}: ${seen.reply.body.slice(0, 200)}`;
  return one.method === 'POST' && state === asked.state ? 'was not approved' : null;
}
