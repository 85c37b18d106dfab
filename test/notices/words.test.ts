// What people read: the number always, names first, when it ends, one link; and nothing of what hostile names and reasons carry.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mailText } from '../../src/notices/channels/email.ts';
import { slackBody } from '../../src/notices/channels/slack.ts';
import { teamsBody } from '../../src/notices/channels/teams.ts';
import { deviceWords } from '../../src/notices/devices.ts';
import { messageOf } from '../../src/notices/message.ts';
import { moment, plain } from '../../src/notices/text.ts';
import { askedNotice, NOW, PORTAL } from './kit.ts';

const devices = (count: number) => Array.from({ length: count }, (_, index) => ({ kind: 'device', id: `d-${index}` }));

describe('devices', () => {
  test('the number always, names before ids, five at most', () => {
    expect(deviceWords(devices(1), { 'device:d-0': 'iPhone of Ada' })).toBe('1 device: iPhone of Ada (d-0)');
    expect(deviceWords(devices(17))).toBe('17 devices: d-0, d-1, d-2, d-3, d-4 and 12 more');
    expect(deviceWords(devices(1500))).toMatch(/^1,500 devices: .* and 1,495 more$/);
  });

  test('a group weighs its devices; all is all; anything is anything', () => {
    expect(deviceWords([{ kind: 'group', id: 'sales' }], {}, 240)).toBe('1 group (240 devices): sales');
    expect(deviceWords([{ kind: 'device', id: '*' }], {}, 12_000)).toBe('all devices (12,000 devices)');
    expect(deviceWords([{ kind: 'any', id: '*' }])).toBe('anything, on any number of devices');
    expect(deviceWords([])).toBeNull();
    expect(deviceWords([{ kind: 'device', id: 'constructor' }], {})).toBe('1 device: constructor');
  });
});

describe('times', () => {
  test.each([
    [42 * 60_000, 'Mon 23 Nov 2026, 08:42 UTC (in 42 minutes)'],
    [60_000, 'Mon 23 Nov 2026, 08:01 UTC (in 1 minute)'],
    [3 * 3_600_000, 'Mon 23 Nov 2026, 11:00 UTC (in 3 hours)'],
    [-5 * 86_400_000, 'Wed 18 Nov 2026, 08:00 UTC (5 days ago)'],
    [1000, 'Mon 23 Nov 2026, 08:00 UTC (now)'],
  ])('%d ms from now', (ms, words) => {
    expect(moment(NOW + ms, NOW)).toBe(words);
  });
});

describe('a message', () => {
  test('says who, what, where, which devices, why, until when, and has one link', () => {
    const message = messageOf([askedNotice()], 0, PORTAL, NOW);
    expect(message.title).toBe('Ada asks for access');
    expect(message.lines).toEqual([
      { label: 'Who', value: 'Ada' },
      { label: 'What', value: 'Wipe 1 device: d-0142' },
      { label: 'Where', value: 'Example MDM' },
      { label: 'Devices', value: '1 device: d-0142' },
      { label: 'Why', value: 'Lost on the train' },
      { label: 'Ticket', value: 'INC-7' },
      { label: 'Answer by', value: 'Mon 23 Nov 2026, 09:00 UTC (in 60 minutes)' },
    ]);
    expect(message.link).toBe(`${PORTAL}/approvals/gra_1`);
    expect(mailText(message).match(/https?:\/\//g)).toHaveLength(1);
  });

  test('of thirty questions is a list of ten, the number of the rest, and the way to the inbox', () => {
    const notices = Array.from({ length: 30 }, (_, index) => ({
      ...askedNotice(),
      id: `${index}.0`,
      path: `/approvals/${index}`,
    }));
    const message = messageOf(notices, 4, PORTAL, NOW);
    expect(message.title).toBe('34 requests for you');
    expect(message.lines).toHaveLength(11);
    expect(message.lines[0]?.value).toContain(
      'Ada asks for access · Wipe 1 device: d-0142 · 1 device: d-0142 · answer by Mon',
    );
    expect(message.lines.at(-1)?.value).toBe('and 24 more');
    expect(message.link).toBe(`${PORTAL}/approvals`);
  });

  test('puts an alarm first among others', () => {
    const alarm = {
      ...askedNotice(),
      event: 'freeze.set' as const,
      headline: 'Linus froze acts',
      audience: { role: 'operators' } as const,
    };
    expect(messageOf([askedNotice(), alarm], 0, PORTAL, NOW).title).toBe('Linus froze acts, and 1 more');
  });
});

const HOSTILE = [
  '<!channel> <@U123> @everyone @here <https://evil.example|Approve here>',
  '</p><script>alert(1)</script>',
  'Lost\r\nBcc: eve@evil.example\r\n\r\nhttps://evil.example/approve',
  '[Approve](https://evil.example) **now** www.evil.example evil.example/approve',
  '\u202Eevil\u2066\u200B\u0000\u001b[31m',
  '{{DATE(2026-01-01T00:00:00Z)}} $\u007bx} @{x}',
  '\ud800 lone surrogate',
  'x'.repeat(100_000),
];

describe('hostile words', () => {
  const messages = HOSTILE.flatMap((text) => {
    const notice = askedNotice({
      reason: text,
      title: text,
      ticket: text,
      holder: { id: 'p', name: text },
      targets: [{ kind: 'device', id: text }],
    });
    const hostile = { ...notice, where: text };
    return [messageOf([hostile], 0, PORTAL, NOW), messageOf([hostile, hostile], 3, PORTAL, NOW)];
  });
  const values = (message: (typeof messages)[number]) => [message.title, ...message.lines.map(({ value }) => value)];

  test('become one bounded line without unseen characters, addresses, domains and mentions', () => {
    for (const value of messages.flatMap(values)) {
      expect(value).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      expect(value.length).toBeLessThan(1200);
      expect(value).not.toMatch(/:\/\/|www\.evil|evil\.example|@(everyone|here|channel)/);
      expect(value.isWellFormed()).toBe(true);
    }
  });

  test('a mail has the lines that we wrote, and one address: ours', () => {
    for (const message of messages) {
      const text = mailText(message);
      expect(text.split('\n').length).toBe(message.lines.length + 7);
      expect(text.match(/https?:\/\/\S+/g)).toEqual([message.link]);
      expect(text).not.toMatch(/^bcc/im);
    }
  });

  test('Slack reads none of them as markup: only our own link is', () => {
    for (const message of messages) {
      const body = slackBody(message) as {
        text: string;
        blocks: { type: string; text?: { type: string; text: string } }[];
      };
      expect(body.text).not.toMatch(/[<>*_~`]/);
      expect(body.text.replaceAll(/&(amp|lt|gt);/g, '')).not.toContain('&');
      const markup = JSON.stringify(body).match(/"mrkdwn","text":"[^"]*"/g);
      expect(markup).toEqual([`"mrkdwn","text":"<${message.link}|Open in Sallyport>"`]);
      expect(body.blocks[0]?.text?.text.length).toBeLessThanOrEqual(150);
      for (const { text } of body.blocks) expect(text?.text.length ?? 0).toBeLessThanOrEqual(3000);
    }
  });

  test('a Teams card holds them in text runs only, and one action, which opens the portal', () => {
    for (const message of messages) {
      const card = (
        teamsBody(message) as {
          attachments: { content: { body: { type: string; inlines: { type: string }[] }[]; actions: unknown[] } }[];
        }
      ).attachments[0]?.content;
      expect(
        card?.body.every(
          ({ type, inlines }) => type === 'RichTextBlock' && inlines.every((run) => run.type === 'TextRun'),
        ),
      ).toBe(true);
      expect(card?.actions).toEqual([{ type: 'Action.OpenUrl', title: 'Open in Sallyport', url: message.link }]);
    }
  });

  test('whatever the text, what is left is one line, bounded, without an address', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const left = plain(`${text} http://a.evil.example ${text}`, 200);
        return [...left].length <= 260 && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|:\/\/|evil\.example/u.test(left);
      }),
    );
  });
});
