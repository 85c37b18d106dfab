// Receivers that are real servers on loopback, and the things that notices speak of.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import type { Grant } from '../../src/kernel/grant.ts';
import type { Hold } from '../../src/kernel/hold.ts';
import type { Notice } from '../../src/notices/notice.ts';
import { noticesOf, type Subject, type Told } from '../../src/notices/noticesOf.ts';

export const PORTAL = 'https://access.example.com';
export const NOW = Date.UTC(2026, 10, 23, 8, 0, 0);
/** Made for these tests: nothing else trusts it. */
export const CERT = readFileSync(join(import.meta.dirname, 'tls/cert.pem'), 'utf8');
const KEY = readFileSync(join(import.meta.dirname, 'tls/key.pem'), 'utf8');

export const aGrant = (more: Partial<Grant> = {}): Grant => ({
  id: 'gra_1',
  state: 'asked',
  holder: { id: 'https://idp.test#ada', name: 'Ada' },
  session: 'ses_1',
  console: 'mdm',
  actions: ['device.wipe'],
  targets: [{ kind: 'device', id: 'd-0142' }],
  askedTargets: [{ kind: 'device', id: 'd-0142' }],
  names: {},
  title: 'Wipe 1 device: d-0142',
  reason: 'Lost on the train',
  ticket: 'INC-7',
  askedMinutes: 30,
  askedUses: 1,
  minutes: null,
  uses: null,
  usesLeft: null,
  clock: 'approval',
  startAt: null,
  rule: 'destructive',
  steps: [{ groups: ['mdm-approvers'], count: 1 }],
  approvals: [],
  automatic: false,
  askedAt: NOW,
  answerUntil: NOW + 3_600_000,
  remindAt: null,
  remindedAt: null,
  escalation: null,
  escalatedAt: null,
  decidedAt: null,
  decidedBy: null,
  denyReason: null,
  activeFrom: null,
  activeUntil: null,
  firstUsedAt: null,
  lastUsedAt: null,
  endedAt: null,
  endedBecause: null,
  endedBy: null,
  epoch: 'e',
  ...more,
});

export const aHold = (more: Partial<Hold> = {}): Hold => ({
  id: 'hol_1',
  console: 'mdm',
  session: 'ses_1',
  action: 'device.wipe',
  method: 'POST',
  target: '/api/wipe',
  bodyDigest: 'b',
  contentType: '',
  targets: [{ kind: 'device', id: 'd-0142' }],
  expiresAt: NOW + 3_600_000,
  state: 'waiting',
  title: 'Wipe 1 device: d-0142',
  effect: 'Erases everything on it.',
  risk: 'destructive',
  principal: { id: 'https://idp.test#ada', name: 'Ada' },
  needs: { signed: true, approvals: 2 },
  approvers: ['mdm-approvers'],
  rule: 'destructive',
  names: { 'device:d-0142': 'iPhone of Ada' },
  devices: 1,
  parameters: null,
  asked: { reason: 'Stolen', ticket: 'INC-8', at: NOW },
  signedAt: null,
  approvals: [],
  denied: null,
  createdAt: NOW,
  epoch: 'e',
  ...more,
});

export const told = (kind: AuditEvent['kind'], facts: Told['facts'] = {}, actorName = 'Grace'): Told => ({
  kind,
  actorName,
  console: 'mdm',
  facts,
});
export const subject = (more: Partial<Subject> = {}): Subject => ({
  grant: null,
  hold: null,
  console: 'Example MDM',
  freezeGroups: ['mdm-approvers'],
  freezeStands: true,
  ...more,
});
/** The notice of somebody asking. */
export function askedNotice(more: Partial<Grant> = {}): Notice {
  const [notice] = noticesOf(7, NOW, told('grant.asked'), subject({ grant: aGrant(more) }));
  if (!notice) throw new Error('nobody is told');
  return notice;
}

export type Received = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string };

/** @param answer what the receiver does with each message; default: 204 */
export async function startReceiver(
  answer: (res: ServerResponse, received: Received, count: number) => void = (res) => void res.writeHead(204).end(),
) {
  const received: Received[] = [];
  const server = createServer((req, res) => {
    let body = '';
    req.setEncoding('utf8');
    req.on('data', (chunk: string) => {
      body += chunk;
    });
    req.on('end', () => {
      const one = { path: req.url ?? '', headers: req.headers, body };
      received.push(one);
      answer(res, one, received.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    /** with a word that must never be seen anywhere else */
    url: `http://127.0.0.1:${port}/hook/canary-url`,
    received,
    json: (index: number) => JSON.parse(received[index]?.body ?? 'null'),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

export type Mail = {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly secure: boolean;
};

/** A mail server with our certificate. */
export async function startMailServer(options: SMTPServerOptions = {}, host = '127.0.0.1') {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    cert: CERT,
    key: KEY,
    authOptional: true,
    logger: false,
    onData(stream, session, done) {
      let raw = '';
      stream.on('data', (chunk: Buffer) => {
        raw += chunk.toString('utf8');
      });
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw,
          secure: session.secure,
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, host, () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  return { port, mails, close: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}
