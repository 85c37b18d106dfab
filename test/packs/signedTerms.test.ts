// A fresh CSRF token does not void a signature; what the intent says of the body stays the digest of its bytes.
import { expect, test } from 'vitest';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import type { Decided, Recognised } from '../../src/kernel/exchange.ts';
import { sha256Hex } from '../../src/kernel/ids.ts';
import { go } from '../../src/kernel/verdict.ts';
import { termsOf } from '../../src/proxy/decide/heldRequest.ts';
import { createCommit } from '../../src/proxy/stages/50-commit.ts';
import { recogniserFor, tell } from './kit.ts';

const recogniser = recogniserFor(`
  - { id: lock, request: POST /lock, action: device.lock, body: { type: form }, targets: [{ kind: device, form: id }], volatile: [csrf] }
`);

async function sent(body: string): Promise<Recognised> {
  const type = 'application/x-www-form-urlencoded';
  const { action } = await tell(recogniser, { method: 'POST', url: '/lock', type, body });
  const request = {
    ...{ id: 'exc_1', method: 'POST', target: '/lock', door: 'request', peer: '', action },
    console: { id: 'mdm' },
    session: { id: 'ses_1', principal: { id: 'p', name: 'P' } },
    headers: [['content-type', type]],
    body: { mode: 'judged', digest: sha256Hex(body), bytes: Buffer.from(body) },
  };
  return request as unknown as Recognised;
}

test('what is signed is the same with another token, and another with another device', async () => {
  const first = termsOf(await sent('id=a&csrf=one'));
  expect(termsOf(await sent('id=a&csrf=two'))).toEqual(first);
  expect(termsOf(await sent('id=a&csrf=two&csrf=three')).bodyDigest).not.toBe(first.bodyDigest);
  expect(termsOf(await sent('id=b&csrf=one')).bodyDigest).not.toBe(first.bodyDigest);
  expect(termsOf(await sent('csrf=one&id=a')).bodyDigest).not.toBe(first.bodyDigest);
});

test('the intent has the digest of the very bytes', async () => {
  const events: AuditEvent[] = [];
  const commit = createCommit({
    commitAct: async ({ event }) => {
      events.push(event);
      return go({ intent: 1 });
    },
  });
  const decided = {
    ...(await sent('id=a&csrf=one')),
    decision: { policies: [], policySet: '' },
    grant: null,
    hold: null,
  };
  await commit(decided as unknown as Decided);
  expect(events.map(({ facts }) => facts.bodyDigest)).toEqual([sha256Hex('id=a&csrf=one')]);
});
