// Slack, by an incoming webhook. Values stand in plain_text objects, where nothing is a mention, a link or markup; the fallback
// text, which Slack does read as markup, is escaped and says no more than the title.
import type { Message } from '../message.ts';

/** & < > as Slack asks, and its markup characters replaced by look-alikes that mean nothing */
export const slackEscape = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[*_~`]/g, (mark) => ({ '*': '∗', _: 'ˍ', '~': '∼', '`': 'ˋ' })[mark] ?? '');

/** Slack's limits: 150 characters in a header, 3,000 in a section's text. */
const clip = (text: string, most: number): string =>
  (text.length > most ? `${text.slice(0, most - 1)}…` : text).toWellFormed();

const plainText = (text: string, most: number) => ({ type: 'plain_text', text: clip(text, most), emoji: false });

export function slackBody({ title, lines, link, footer }: Message): object {
  const rows = lines.map(({ label, value }) => (label === '' ? value : `${label}: ${value}`)).join('\n');
  return {
    text: slackEscape(title),
    parse: 'none',
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: plainText(title, 150) },
      ...(rows === '' ? [] : [{ type: 'section', text: plainText(rows, 3000) }]),
      // The only markup of the message: our own address, made of configuration and ids.
      { type: 'section', text: { type: 'mrkdwn', text: `<${encodeURI(link)}|Open in Sallyport>`, verbatim: true } },
      { type: 'context', elements: [plainText(footer, 300)] },
    ],
  };
}
