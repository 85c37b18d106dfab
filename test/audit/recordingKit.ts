// Exchanges made up for the recorder's and the index's tests.
import type { ExchangeClosing, ExchangeOpening } from '../../src/audit/recording/lines.ts';

export const T0 = 1_700_000_000_000;

export const opening = (id: string, more: Partial<ExchangeOpening> = {}): ExchangeOpening => ({
  id,
  at: T0,
  session: 'ses_1',
  principal: { id: 'https://idp.example.com#ada', name: 'Ada Lovelace' },
  console: 'mdm',
  method: 'GET',
  target: '/devices',
  door: 'request',
  action: 'device.read',
  risk: 'read',
  title: 'Look at devices',
  targets: [],
  verdict: 'go',
  reason: null,
  policies: ['admins-read'],
  policySet: 'abc',
  grant: null,
  hold: null,
  requestHeaders: [['accept', 'text/html']],
  requestBody: { text: null, note: null, digest: null },
  ...more,
});

export const closing = (more: Partial<ExchangeClosing> = {}): ExchangeClosing => ({
  status: 200,
  responseHeaders: [['content-type', 'text/html']],
  sent: 10,
  received: 100,
  took: 12,
  end: 'done',
  ...more,
});
