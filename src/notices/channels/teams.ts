// Teams, by a workflow's webhook, as an Adaptive Card. Values stand in TextRuns: unlike TextBlock and FactSet they know neither
// Markdown nor HTML. The one action opens the portal.
import type { Message } from '../message.ts';

type Run = { readonly text: string; readonly weight?: 'Bolder'; readonly size?: 'Large'; readonly isSubtle?: true };

const row = (...runs: readonly Run[]) => ({
  type: 'RichTextBlock',
  inlines: runs.map((run) => ({ type: 'TextRun', ...run })),
});

export function teamsBody({ title, lines, link, footer }: Message): object {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      row({ text: title, weight: 'Bolder', size: 'Large' }),
      ...lines.map(({ label, value }) =>
        label === '' ? row({ text: value }) : row({ text: `${label}: `, weight: 'Bolder' }, { text: value }),
      ),
      row({ text: footer, isSubtle: true }),
    ],
    actions: [{ type: 'Action.OpenUrl', title: 'Open in Sallyport', url: encodeURI(link) }],
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}
