// A process that records and journals as fast as it can until somebody kills it. It tells on stdout, line by line, what was
// acknowledged to it. Arguments: folder of recordings, Redis socket, epoch.
import { writeSync } from 'node:fs';
import { createJournal } from '../../src/audit/journal/journal.redis.ts';
import { createRecorder } from '../../src/audit/recording/recorder.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createRedisClient } from '../../src/redis/client.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { createScripts } from '../../src/redis/scripts.ts';
import { closing, KEYS, opening } from './recordingKit.ts';

const [dir = '', socketPath = '', epoch = ''] = process.argv.slice(2);
const recorder = createRecorder({
  dir,
  clock: systemClock,
  ...KEYS,
  limits: { text: 64 * 1024 },
  onChunk: (facts) => journal.append({ kind: 'recording.chunk', actor: null, session: facts.session, facts }),
});
const client = createRedisClient({ address: { socketPath }, commandTimeout: 10_000, onError: () => undefined });
while (!client.connected()) await new Promise((wake) => setTimeout(wake, 5));
const keys = createKeys('test');
const journal = createJournal({ scripts: createScripts({ client, keys, epoch: () => epoch }), client, keys });

const filler = 'x'.repeat(20_000);
const worker = async (name: number): Promise<never> => {
  for (let n = 0; ; n += 1) {
    const id = `exc_${process.pid}_${name}_${n}`;
    const session = `ses_${n % 3}`;
    const requestBody = { text: filler, note: null, digest: '' };
    const recording = await recorder.open(opening(id, { session, requestBody }));
    writeSync(1, `recorded ${id}\n`);
    const { seq } = await journal.append({ kind: 'act.intent', actor: 'i#ada', exchange: id, facts: {} });
    writeSync(1, `intent ${seq} ${id}\n`);
    await recording.close(closing());
  }
};
await Promise.all([...Array(8).keys()].map(worker));
