// POST /.sallyport/page: a page's recorder says that it began, is still there, goes on without recording, or ends. Any script of
// the page can say the same: it can only lie about what the page looked like, never about what was sent through the gateway.
import { PageSays } from '../../portal/contract/pageRecording.ts';
import { type PagesAlive, recordsPages, type Speaker } from '../pagesAlive.ts';
import { ReservedProblem, sendJson } from './answer.ts';
import { readJson } from './change.ts';
import type { Known, Routes } from './route.ts';

export type PageRouteParts = { readonly pages: Pick<PagesAlive, 'start' | 'beat' | 'exchangesOnly' | 'end'> };

const Says = PageSays.strict();

export const speakerOf = ({ session, console }: Known, { page, doc }: { page: string; doc: string }): Speaker => ({
  ...{ session: session.id, console: console.id },
  page,
  doc,
});

export function pageRoutes({ pages }: PageRouteParts): Routes {
  return {
    page: {
      method: 'POST',
      async run(known, { req, res }) {
        if (!recordsPages(known.console)) throw new ReservedProblem('not.found');
        const said = await readJson(req, Says);
        const speaker = speakerOf(known, said);
        if (said.what === 'start') return sendJson(res, { page: await pages.start(speaker, said.url ?? '') });
        if (said.what === 'end') await pages.end(speaker);
        else if (said.what === 'exchanges') {
          if (known.console.dom?.bigPages === 'dom') throw new ReservedProblem('conflict');
          if (!(await pages.exchangesOnly(speaker, said.why ?? ''))) throw new ReservedProblem('not.found');
        } else if (!(await pages.beat(speaker))) throw new ReservedProblem('not.found');
        res.writeHead(204).end();
      },
    },
  };
}
