// Recordings and what is derived from them: keys, index, recorder, and the journal that finds entries by that index. Part of the
// composition: called by wire.ts, once.
import { join } from 'node:path';
import { createSessionIndex, type SessionIndex } from '../audit/index/sessionIndex.ts';
import { createJournal, type Journal } from '../audit/journal/journal.redis.ts';
import { type RecordingKeys, recordingKeys } from '../audit/recording/keys.ts';
import { createRecorder, type Recorder } from '../audit/recording/recorder.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../kernel/clock.ts';
import type { LedgerService } from './ledger.ts';
import type { State } from './state.ts';

export type Recordings = {
  readonly recordingsDir: string;
  /** what recordings can be read with here; null: nothing */
  readonly identities: RecordingKeys['identities'];
  readonly index: SessionIndex;
  readonly recorder: Recorder;
  readonly journal: Journal;
};

/** @throws when the keys cannot be read or made, or the index's folder cannot be written */
export async function createRecordings(
  config: Pick<Config, 'data' | 'recordings' | 'limits'>,
  deps: Pick<State, 'scripts' | 'client' | 'keys'> & {
    readonly ledger: LedgerService;
    readonly onError: (what: string) => (error: unknown) => void;
    readonly stopWith: (stop: () => unknown) => void;
  },
): Promise<Recordings> {
  const { scripts, client, keys, ledger, onError, stopWith } = deps;
  const recordingsDir = join(config.data, 'recordings');
  const { recipients, identities } = await recordingKeys(config.data, config.recordings);
  const index = createSessionIndex({
    file: join(config.data, 'index.sqlite'),
    dir: recordingsDir,
    identities,
    onError: onError('session index'),
  });
  stopWith(index.close);
  const recorder = createRecorder({
    dir: recordingsDir,
    clock: systemClock,
    ...{ recipients, identities, index },
    async onChunk(facts) {
      await journal.append({ kind: 'recording.chunk', actor: null, session: facts.session, facts });
      index.finished(facts);
    },
    minFree: config.limits.freeSpace,
    onError: onError('recorder'),
  });
  stopWith(recorder.close);
  const journal = createJournal({ scripts, client, keys, mentions: index.mentions, trimmed: ledger.reader.read });
  return { recordingsDir, identities, index, recorder, journal };
}
