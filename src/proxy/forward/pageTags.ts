// The elements that go first into a console's page: the recorder, when what the page looks like is to be recorded, and the shim.
// Each page gets an id here, so that its very first request can name it. Where the page's own policy does not let the recorder
// in, or would not let it talk to us, the page is known to be recorded by its exchanges only, and the recording says so.
import { type Canonical, type Console, headerOf } from '../../kernel/exchange.ts';
import { newId } from '../../kernel/ids.ts';
import type { Session } from '../../kernel/session.ts';
import { type PagesAlive, recordsPages } from '../pagesAlive.ts';

/** What the page's own Content-Security-Policy lets us do; it is never changed. */
export type PageWay = {
  /** null: none is needed; false: no script of ours may run */
  readonly nonce: string | null | false;
  /** whether its scripts may talk to their own origin */
  readonly connects: boolean;
};

type Request = Pick<Canonical, 'console' | 'headers' | 'target'> & { readonly session: Pick<Session, 'id'> };

/** ASCII; '' where nothing may go in */
export type PageTags = (request: Request, way: PageWay) => string;

export type PageTagParts = {
  readonly scripts: { readonly [Name in 'shim.js' | 'recorder.js']: { readonly url: string } };
  /** whether messages of this console's sockets are judged */
  readonly actsBySocket: (console: Console) => boolean;
  readonly pages: Pick<PagesAlive, 'served'>;
};

export function createPageTags({ scripts, actsBySocket, pages }: PageTagParts): PageTags {
  return (request, { nonce, connects }) => {
    const { console, session } = request;
    const recorded = recordsPages(console);
    const page = newId('pag');
    const blind = nonce === false || !connects;
    // A frame is a part of the page that it is in, which speaks for itself.
    if (recorded && blind && !isFrame(request)) {
      const why =
        nonce === false ? "the page's policy lets no script of ours run" : "the page's policy lets it not talk to us";
      pages.served({ session: session.id, console: console.id, page }, request.target, why);
    }
    if (nonce === false) return '';
    const allowed = nonce === null ? '' : ` nonce="${nonce}"`;
    const { inputs = 'masked', maskText = [], bigPages = 'exchanges', notice = false } = console.dom ?? {};
    const named = recorded ? ` data-page="${page}"` : '';
    const recorder = `<script src="${scripts['recorder.js'].url}"${allowed}${named} data-inputs="${inputs}" data-big="${bigPages}" data-mask="${escaped(maskText.join(','))}"></script>`;
    const shim = `<script src="${scripts['shim.js'].url}"${allowed}${named}${recorded && notice ? ' data-notice' : ''}${actsBySocket(console) ? ' data-messages' : ''}></script>`;
    return recorded && connects ? recorder + shim : shim;
  };
}

const isFrame = ({ headers }: Pick<Request, 'headers'>): boolean =>
  /^i?frame$/.test(headerOf(headers, 'sec-fetch-dest') ?? '');

const escaped = (text: string): string =>
  text.replace(/[^A-Za-z0-9 ,.#:()[\]=_*+~|^$-]/gu, (character) => `&#${character.codePointAt(0) ?? 63};`);
