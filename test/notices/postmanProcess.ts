// A gateway's notices in a process of its own, to be killed: argv is the Redis socket, the receiver's address, a name.
import { createJournal } from '../../src/audit/journal/journal.redis.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createChannels, createNotices } from '../../src/notices/notices.ts';
import { createOutbox } from '../../src/notices/outbox.redis.ts';
import { createRedisClient } from '../../src/redis/client.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { createPulse } from '../../src/redis/pulse.ts';
import { createScripts, type Scripts } from '../../src/redis/scripts.ts';
import { aGrant, PORTAL } from './kit.ts';

const [, , socketPath = '', url = '', me = ''] = process.argv;
const keys = createKeys('test');
const onError = () => undefined;
const client = createRedisClient({ address: { socketPath }, commandTimeout: 2000, onError });
let scripts: Scripts;
const pulse = createPulse({ client, keys, clock: systemClock, onError }, () => scripts);
scripts = createScripts({ client, keys, epoch: pulse.epoch });
await pulse.start();
const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
createNotices({
  outbox: createOutbox({ scripts, client, keys, limits: { gather: 20, visible: 1500, patience: 0 } }),
  journal: createJournal({ scripts, client, keys }),
  channels: createChannels([{ id: 'siem', kind: 'webhook', url, secret }], {
    portalOrigin: PORTAL,
    clock: systemClock,
  }),
  routes: [{ to: 'approvers', events: null, channels: ['siem'] }],
  book: { groups: {}, operators: [] },
  grant: async (id) => aGrant({ id, answerUntil: systemClock.now() + 3_600_000, actions: [`device.${id}`] }),
  hold: async () => null,
  freezeStands: async () => true,
  consoleName: (id) => id,
  freezeGroups: () => [],
  portalOrigin: PORTAL,
  me,
  clock: pulse.clock,
  onChange: (heard) => pulse.onChange(() => heard()),
  onError,
  timing: { every: 30, turn: 500 },
}).start();
process.stdout.write('ready\n');
