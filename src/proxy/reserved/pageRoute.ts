// POST /.sallyport/page: a page's recorder says that it began, is still there, goes on without recording, or ends. Any script of
// the page can say the same: it can only lie about what the page looked like, never about what was sent through the gateway.
import { monotonic } from '../../kernel/clock.ts';
import { PageSays } from '../../portal/contract/pageRecording.ts';
import { type PagesAlive, recordsPages, type Speaker } from '../pagesAlive.ts';
import { ReservedProblem, sendJson } from './answer.ts';
import { MOST_JSON, readJson } from './change.ts';
import { createPageCalls } from './pageCalls.ts';
import type { Known, Routes } from './route.ts';

export type PageRouteParts = { readonly pages: Pick<PagesAlive, 'start' | 'beat' | 'exchangesOnly' | 'end'> };

const Says = PageSays.strict();
const SLOWER = { title: 'This page says too much at a time', next: 'Reload the page in a moment.' };
const TOO_MUCH = 'the pages of this session say too much at a time';

export const speakerOf = ({ session, console }: Known, { page, doc }: { page: string; doc: string }): Speaker => ({
  ...{ session: session.id, console: console.id },
  page,
  doc,
});

export function pageRoutes({ pages }: PageRouteParts): Routes {
  const calls = createPageCalls(monotonic);

  return {
    page: {
      method: 'POST',
      async run(known, { req, res }) {
        if (!recordsPages(known.console)) throw new ReservedProblem('not.found');
        const mustFollow = known.console.dom?.bigPages === 'dom';
        const room = calls.take(known.session.id, Number(req.headers['content-length'] ?? MOST_JSON));
        if (room === 'refused' || (room === 'over' && mustFollow)) throw new ReservedProblem('too.many', SLOWER);
        const said = await readJson(req, Says);
        const speaker = speakerOf(known, said);
        const why = room === 'over' ? TOO_MUCH : undefined;
        if (said.what === 'start') return sendJson(res, { page: await pages.start(speaker, said.url ?? '', why) });
        if (said.what === 'end') await pages.end(speaker);
        else if (why !== undefined) {
          if (!(await pages.exchangesOnly(speaker, why))) throw new ReservedProblem('not.found');
        } else if (said.what === 'exchanges') {
          if (mustFollow) throw new ReservedProblem('conflict');
          if (!(await pages.exchangesOnly(speaker, said.why ?? ''))) throw new ReservedProblem('not.found');
        } else if (!(await pages.beat(speaker))) throw new ReservedProblem('not.found');
        res.writeHead(204).end();
      },
    },
  };
}
