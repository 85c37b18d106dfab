// What an upstream answers that must not come through to the browser as it is, or not at all.
import type { Socket } from 'node:net';
import { type RawReply, sendRaw } from '../../kit/rawClient.ts';
import type { Case } from '../cases.ts';
import { COOKIE, type CorpusStack, HOST } from '../stack.ts';
import type { Problem } from '../verdicts.ts';

const answer = (headers: readonly string[], status = '200 OK', body = 'ok') =>
  `HTTP/1.1 ${status}\r\n${headers.map((line) => `${line}\r\n`).join('')}Content-Length: ${body.length}\r\n\r\n${body}`;

async function ask(
  stack: CorpusStack,
  upstream: string | ((socket: Socket) => void),
  line = 'GET /api/v1/devices/42',
  more = '',
): Promise<RawReply> {
  stack.upstream.reset();
  stack.upstream.answer(upstream);
  return sendRaw(
    stack.port,
    `${line} HTTP/1.1\r\nHost: ${HOST}\r\nCookie: ${stack.cookieOf('reader')}\r\n${more}\r\n`,
    60,
  );
}

type Play = (stack: CorpusStack, found: RegExpExecArray) => Promise<Problem>;
const bad = (reply: RawReply): Problem =>
  reply.status === 502 || reply.status === 0 ? null : `was answered with ${reply.status}`;
const UPGRADE = `Origin: https://${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`;

const STORIES: readonly (readonly [RegExp, Play])[] = [
  [
    /^(GET|POST) (\S+) \(unknown\)/,
    async (stack, [, method = '', path = '']) => {
      const { status } = await ask(stack, answer([]), `${method} ${path}`);
      return stack.upstream.requests.length === 0 && status >= 400 && status < 500
        ? null
        : `was answered with ${status}`;
    },
  ],
  [
    /answers Set-Cookie: __(?:Host|Secure)-gw/i,
    async (stack) => {
      const reply = await ask(
        stack,
        answer([`Set-Cookie: ${COOKIE}=x; Path=/; Secure`, `set-cookie: ${COOKIE.toUpperCase()}=y; Path=/; Secure`]),
      );
      return reply.status === 200 && !/^set-cookie:/im.test(reply.head) ? null : `came through: ${reply.head}`;
    },
  ],
  [
    /answers Set-Cookie: (.*Domain=.*)/,
    async (stack, [, cookie = '']) => {
      const reply = await ask(stack, answer([`Set-Cookie: ${cookie}`]));
      return reply.status === 200 && /^set-cookie: x=1/im.test(reply.head) && !/domain/i.test(reply.head)
        ? null
        : reply.head;
    },
  ],
  [
    /answers Access-Control/,
    async (stack) => {
      const reply = await ask(
        stack,
        answer(['Access-Control-Allow-Origin: *', 'Access-Control-Allow-Credentials: true']),
      );
      return reply.status === 200 && !/^access-control/im.test(reply.head) ? null : `came through: ${reply.head}`;
    },
  ],
  [
    /answers Location: (\S+)/,
    async (stack, [, location = '']) => {
      const reply = await ask(stack, answer([`Location: ${location}`], '302 Found', ''));
      if (reply.status === 502) return null;
      const where = URL.parse(reply.header('location') ?? '', `https://${HOST}`);
      return where?.host === HOST ? null : `leads to ${reply.header('location')}`;
    },
  ],
  [
    /second, unsolicited response|writes two responses|two responses/,
    async (stack) => {
      const poison = answer([], '200 OK', 'poison');
      await ask(stack, answer([], '200 OK', 'first') + poison);
      const reply = await ask(stack, answer([], '200 OK', 'second'));
      return reply.body === 'second' ? null : `the next request got: ${reply.body}`;
    },
  ],
  [
    /answers 101 to a request/,
    async (stack) =>
      bad(await ask(stack, 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n')),
  ],
  [
    /answers 200 to an upgrade/,
    async (stack) => {
      const reply = await ask(
        stack,
        (socket) => {
          socket.write(answer([], '200 OK', 'no'));
          setTimeout(() => !socket.destroyed && socket.write('RAW BYTES'), 20);
        },
        'GET /api/v1/stream',
        UPGRADE,
      );
      return reply.status !== 101 && !reply.text.includes('RAW') ? null : `came through: ${reply.text.slice(0, 200)}`;
    },
  ],
  [
    /Content-Length and Transfer-Encoding/,
    async (stack) =>
      bad(await ask(stack, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')),
  ],
  [
    /header value with (?:a )?bare (CR|LF|NUL)/,
    async (stack, [, what = '']) => {
      const odd = { CR: '\r', LF: '\n', NUL: '\0' }[what] ?? '\r';
      const reply = await ask(stack, answer([`X-Odd: a${odd}X-More: b`]));
      return bad(reply) === null || (what === 'LF' && !/^x-more/im.test(reply.head))
        ? null
        : `came through: ${JSON.stringify(reply.head)}`;
    },
  ],
  [
    /answers ([A-Za-z-]+): (.*)/,
    async (stack, [, name = '', value = '']) => {
      const reply = await ask(stack, answer([`${name}: ${value}`]));
      return reply.status === 200 && reply.header(name) !== value
        ? null
        : `came through: ${name}: ${reply.header(name)}`;
    },
  ],
];

export async function runStory(stack: CorpusStack, one: Case): Promise<Problem | { readonly notRun: string }> {
  for (const [pattern, play] of STORIES) {
    const found = pattern.exec(one.story ?? '');
    if (found !== null) return play(stack, found);
  }
  return { notRun: `nobody knows how to play: ${one.story}` };
}
