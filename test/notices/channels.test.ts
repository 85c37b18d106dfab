// Channels against real receivers on loopback: what they get, and what we make of every way that they fail. Addresses of channels
// are secrets: they are looked for in everything that comes back.
import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { smtpOptions } from '../../src/notices/channels/smtpOptions.ts';
import type { Channel, Parcel, Sent } from '../../src/notices/notice.ts';
import { type ChannelSettings, createChannels, sendTest } from '../../src/notices/notices.ts';
import { askedNotice, CERT, PORTAL, startMailServer, startReceiver } from './kit.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
const receiver = async (...args: Parameters<typeof startReceiver>) => {
  const one = await startReceiver(...args);
  closing.push(one.close);
  return one;
};
const mailServer = async (...args: Parameters<typeof startMailServer>) => {
  const one = await startMailServer(...args);
  closing.push(one.close);
  return one;
};
const channel = (settings: ChannelSettings, timeout = 10_000): Channel => {
  const [made] = createChannels([settings], { portalOrigin: PORTAL, clock: systemClock, timeout });
  if (!made) throw new Error('no channel');
  return made;
};
const parcel = (more: Partial<Parcel> = {}): Parcel => ({
  id: 'not_1',
  to: '',
  notices: [askedNotice()],
  more: 0,
  ...more,
});
const KEY = Buffer.from('k'.repeat(32));
const SECRET = `whsec_${KEY.toString('base64')}`;
const hook = (url: string, timeout?: number) => channel({ id: 'siem', kind: 'webhook', url, secret: SECRET }, timeout);
const failed = (sent: Sent) => {
  expect(JSON.stringify(sent)).not.toContain('canary');
  if (sent.done) throw new Error('it was taken');
  return sent;
};

describe('a webhook', () => {
  test('gets JSON, signed over id, time and the very bytes, with the id as it was in the try before', async () => {
    const there = await receiver();
    const sender = hook(there.url);
    expect(await sender.send(parcel())).toEqual({ done: true, answer: 'answered 204' });
    await sender.send(parcel());
    const [first, second] = there.received;
    const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = first?.headers ?? {};
    const made = createHmac('sha256', KEY).update(`${id}.${time}.${first?.body}`).digest('base64');
    expect(signature).toBe(`v1,${made}`);
    expect(Math.abs(Number(time) * 1000 - systemClock.now())).toBeLessThan(5000);
    expect(second?.headers['webhook-id']).toBe(id);
    expect(there.json(0)).toMatchObject({
      type: 'sallyport.notices',
      data: {
        more: 0,
        notices: [{ event: 'grant.asked', who: 'Ada', link: `${PORTAL}/approvals/gra_1`, groups: ['mdm-approvers'] }],
      },
    });
    expect(first?.body).not.toContain(SECRET);
  });

  test.each([
    [500, true],
    [503, true],
    [408, true],
    [429, true],
    [400, false],
    [401, false],
    [404, false],
    [410, false],
  ])('answers %d: tried again: %s', async (status, again) => {
    const there = await receiver(
      (res) => void res.writeHead(status, { 'retry-after': '7' }).end('canary of the answer'),
    );
    expect(failed(await hook(there.url).send(parcel()))).toMatchObject({
      again,
      why: `answered ${status}`,
      after: 7000,
    });
  });

  test('that sends us on is not followed', async () => {
    const other = await receiver();
    const there = await receiver((res) => void res.writeHead(307, { location: other.url }).end());
    expect(failed(await hook(there.url).send(parcel()))).toMatchObject({ again: false });
    expect(other.received).toEqual([]);
  });

  test('that does not answer, or never ends its answer, is given up in time', async () => {
    const silent = await receiver(() => undefined);
    const dripping = await receiver((res) => void res.writeHead(200).write('x'));
    for (const { url } of [silent, dripping])
      expect(failed(await hook(url, 300).send(parcel()))).toEqual({
        done: false,
        again: true,
        why: 'no answer in time',
      });
  });

  test('that talks without end is not listened to', async () => {
    let written = 0;
    const there = await receiver((res) => {
      res.writeHead(200);
      const more = () => {
        while (written < 64 * 1024 * 1024 && !res.destroyed) {
          written += 65_536;
          if (!res.write(Buffer.alloc(65_536))) return void res.once('drain', more);
        }
        res.end();
      };
      more();
    });
    expect((await hook(there.url).send(parcel())).done).toBe(true);
    expect(written).toBeLessThan(32 * 1024 * 1024);
  });

  test('that is not there', async () => {
    const there = await receiver();
    await there.close();
    closing.pop();
    expect(failed(await hook(there.url).send(parcel()))).toMatchObject({
      again: true,
      why: 'not reachable (ECONNREFUSED)',
    });
  });
});

describe('chats', () => {
  test.each(['slack', 'teams'] as const)(
    '%s gets one message, its own kind of JSON, no secret of ours',
    async (kind) => {
      const there = await receiver((res) => void res.writeHead(200).end('ok'));
      expect((await channel({ id: 'chat', kind, url: there.url }).send(parcel())).done).toBe(true);
      const body = there.json(0);
      expect(kind === 'slack' ? body.blocks.length : body.attachments.length).toBeGreaterThan(0);
      expect(there.received[0]?.headers['content-type']).toBe('application/json');
      expect(there.received[0]?.body).toContain('Ada asks for access');
      expect(there.received[0]?.body).not.toContain('canary');
    },
  );

  test('Teams answers 202', async () => {
    const there = await receiver((res) => void res.writeHead(202).end());
    expect((await channel({ id: 'chat', kind: 'teams', url: there.url }).send(parcel())).done).toBe(true);
  });
});

describe('mail', () => {
  const mail = (smtp: string, ca: string | null = CERT) =>
    channel({ id: 'mail', kind: 'email', smtp, from: 'Sallyport <sallyport@example.com>', ca }, 1500);
  const to = 'grace@example.com';

  test('goes over STARTTLS, with user and password, as plain text that says it is a machine', async () => {
    const logins: unknown[] = [];
    const there = await mailServer({
      authOptional: false,
      onAuth(auth, session, done) {
        logins.push([auth.username, auth.password, session.secure]);
        done(null, { user: 'u' });
      },
    });
    const sent = await mail(`smtp://u%40x:p%3Aw@localhost:${there.port}`).send(parcel({ to }));
    expect(sent).toEqual({ done: true, answer: 'the mail server took it' });
    expect(logins).toEqual([['u@x', 'p:w', true]]);
    const [one] = there.mails;
    expect(one).toMatchObject({ from: 'sallyport@example.com', to: [to], secure: true });
    const [head = '', ...rest] = (one?.raw ?? '').split(/\r\n\r\n/);
    expect(head).toMatch(/^Subject: Sallyport: Ada asks for access\r?$/m);
    expect(head).toMatch(/^Auto-Submitted: auto-generated\r?$/m);
    expect(head).toMatch(/^Message-ID: <not_1@access\.example\.com>\r?$/m);
    expect(head).toMatch(/^Content-Type: text\/plain; charset=utf-8\r?$/m);
    expect(rest.join('\n').replaceAll('=\r\n', '')).toContain(`Open in Sallyport: ${PORTAL}/approvals/gra_1`);
  });

  test('goes over TLS from the first byte with smtps', async () => {
    const there = await mailServer({ secure: true });
    expect((await mail(`smtps://localhost:${there.port}`).send(parcel({ to }))).done).toBe(true);
    expect(there.mails[0]?.secure).toBe(true);
  });

  test('says nothing to a server on another machine that offers no TLS, not even with a password at hand', async () => {
    const logins: unknown[] = [];
    const there = await mailServer(
      {
        hideSTARTTLS: true,
        disabledCommands: ['STARTTLS'],
        allowInsecureAuth: true,
        onAuth: (auth) => void logins.push(auth),
      },
      '127.0.0.2',
    );
    const sent = failed(await mail(`smtp://u:canary@127.0.0.2:${there.port}`).send(parcel({ to })));
    expect(sent).toMatchObject({ again: true, why: 'the mail server offers no TLS' });
    expect([there.mails, logins]).toEqual([[], []]);
    expect(smtpOptions('smtp://mail.example.com', null, 1)).toMatchObject({
      requireTLS: true,
      secure: false,
      port: 587,
    });
    expect(smtpOptions('smtps://mail.example.com', null, 1)).toMatchObject({ secure: true, port: 465 });
  });

  test('goes to a relay on this machine without TLS, or with a certificate of its own making', async () => {
    const bare = await mailServer({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
    const own = await mailServer();
    for (const { port } of [bare, own])
      expect((await mail(`smtp://127.0.0.1:${port}`, null).send(parcel({ to }))).done).toBe(true);
    expect([bare, own].map(({ mails }) => mails[0]?.secure)).toEqual([false, true]);
  });

  test('a server on another machine must have a certificate that somebody vouches for', async () => {
    const there = await mailServer({}, '127.0.0.2');
    expect(failed(await mail(`smtp://127.0.0.2:${there.port}`, null).send(parcel({ to }))).again).toBe(true);
    expect(there.mails).toEqual([]);
    expect((await mail(`smtp://127.0.0.2:${there.port}`).send(parcel({ to }))).done).toBe(true);
  });

  test('does not believe a certificate that nobody vouches for', async () => {
    const there = await mailServer({ secure: true });
    expect(failed(await mail(`smtps://localhost:${there.port}`, null).send(parcel({ to })))).toMatchObject({
      again: true,
    });
    expect(there.mails).toEqual([]);
  });

  test.each([
    [550, false],
    [451, true],
  ])('the server answers %d to the address: tried again: %s', async (responseCode, again) => {
    const there = await mailServer({
      onRcptTo: (_address, _session, done) => done(Object.assign(new Error('canary nobody here'), { responseCode })),
    });
    const sent = failed(await mail(`smtp://localhost:${there.port}`).send(parcel({ to })));
    expect(sent).toMatchObject({ again, why: `the mail server answered ${responseCode}` });
  });

  test('a wrong password, a silent server and no server are each said without a secret', async () => {
    const refusing = await mailServer({
      authOptional: false,
      onAuth: (_auth, _session, done) => done(new Error('canary no')),
    });
    const silent = await receiver();
    const wrong = failed(await mail(`smtp://u:canary@localhost:${refusing.port}`).send(parcel({ to })));
    expect(wrong.why).toBe('the mail server refused the user or password');
    const { port } = new URL(silent.url);
    expect(failed(await mail(`smtp://u:canary@127.0.0.1:${port}`).send(parcel({ to }))).again).toBe(true);
    expect(failed(await mail('smtp://u:canary@127.0.0.1:1').send(parcel({ to }))).again).toBe(true);
  });

  test('what somebody wrote becomes neither a header nor another recipient', async () => {
    const there = await mailServer();
    const evil = 'x\r\nBcc: eve@evil.example\r\nSubject: other';
    const notice = { ...askedNotice({ reason: evil, title: evil, ticket: evil }), headline: `${evil} asks for access` };
    await mail(`smtp://localhost:${there.port}`).send(parcel({ to, notices: [notice] }));
    const [one] = there.mails;
    expect(one?.to).toEqual([to]);
    expect(one?.raw).not.toMatch(/^bcc:/im);
    expect(one?.raw.match(/^subject:/gim)).toHaveLength(1);
  });
});

test('a test message says that it is one', async () => {
  const there = await receiver();
  expect((await sendTest(hook(there.url), '', systemClock.now())).done).toBe(true);
  expect(there.received[0]?.body).toContain('This is a test');
});
