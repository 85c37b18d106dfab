// What console pages look like, on its way into recordings. Part of the composition: called by wire.ts, once.
import { createPageStore } from '../audit/recording/pages.redis.ts';
import type { Recorder } from '../audit/recording/recorder.ts';
import { systemClock } from '../kernel/clock.ts';
import type { Console } from '../kernel/exchange.ts';
import { createPageTags, type PageTags } from '../proxy/forward/pageTags.ts';
import { createPagesAlive, type PagesAlive, SILENT_AFTER } from '../proxy/pagesAlive.ts';
import type { DomTold, RecordRouteParts } from '../proxy/reserved/recordRoute.ts';
import type { PageScripts } from '../proxy/reserved/scripts.ts';
import type { State } from './state.ts';

export type PageRecordingParts = {
  readonly state: Pick<State, 'client' | 'keys' | 'scripts' | 'pulse'>;
  readonly recorder: Pick<Recorder, 'page' | 'dom'>;
  /** ms that pages are known: as long as a session may last */
  readonly keep: number;
  readonly pageScripts: PageScripts;
  readonly actsBySocket: (console: Console) => boolean;
  readonly onError: (error: unknown) => void;
};

export type PageRecording = {
  readonly recordedAs: PagesAlive['recordedAs'];
  readonly pageTags: PageTags;
  /** for the reserved prefix */
  readonly reserved: {
    readonly pages: PagesAlive;
    readonly recordDom: (line: DomTold) => Promise<void>;
    readonly recordClock: RecordRouteParts['clock'];
  };
  readonly stop: () => void;
};

export function createPageRecording(parts: PageRecordingParts): PageRecording {
  const { state, recorder, keep, pageScripts, actsBySocket, onError } = parts;
  const { client, keys, scripts, pulse } = state;
  const pages = createPagesAlive({
    store: createPageStore({ client, keys, scripts, keep, silentAfter: SILENT_AFTER }),
    tell: recorder.page,
    clock: systemClock,
    redisClock: pulse.clock,
    onError,
  });
  return {
    recordedAs: pages.recordedAs,
    pageTags: createPageTags({ scripts: pageScripts, actsBySocket, pages }),
    reserved: { pages, recordDom: recorder.dom, recordClock: systemClock },
    stop: pages.stop,
  };
}
