// A gateway's export in a process of its own, to be killed: argv is the Redis socket, the receiver's address, a name.
import { createCursors } from '../../src/audit/export/cursors.redis.ts';
import { createExports } from '../../src/audit/export/exports.ts';
import { createJournal } from '../../src/audit/journal/journal.redis.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createRedisClient } from '../../src/redis/client.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { createPulse } from '../../src/redis/pulse.ts';
import { createScripts, type Scripts } from '../../src/redis/scripts.ts';
import { PRODUCT } from './events.ts';

const [, , socketPath = '', url = '', me = ''] = process.argv;
const keys = createKeys('test');
const onError = () => undefined;
const client = createRedisClient({ address: { socketPath }, commandTimeout: 2000, onError });
let scripts: Scripts;
const pulse = createPulse({ client, keys, clock: systemClock, onError }, () => scripts);
scripts = createScripts({ client, keys, epoch: pulse.epoch });
await pulse.start();
createExports({
  settings: {
    destinations: [{ id: 'siem', kind: 'http', url, authorization: null, ca: null, from: 'start' }],
    alarm: { entries: 10_000, after: 3_600_000 },
  },
  cursors: createCursors({ scripts, client, keys }),
  journal: createJournal({ scripts, client, keys }),
  product: PRODUCT,
  hostname: 'access.example.com',
  me,
  clock: pulse.clock,
  onError,
  timing: { every: 10, turn: 400, backoff: 20, longest: 50, batch: 7 },
}).start();
process.stdout.write('ready\n');
