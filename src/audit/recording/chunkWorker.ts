// The thread that compresses, encrypts and stores chunks: nothing of that keeps a request waiting. One thing at a time; errors
// are told, not thrown; should it die all the same, chunkFinisher.ts starts another one and asks again.
import { platform, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { newKey } from '../../kernel/ids.ts';
import { decryptWith, encryptTo } from './age.ts';
import type { ChunkWorkerData, FromChunkWorker, PartKey, ToChunkWorker } from './chunkMessages.ts';
import type { ChunkFacts } from './chunkText.ts';
import { finishChunk, forgetOpen, PartGone } from './finishChunk.ts';
import { recoverParts } from './recoverParts.ts';

// Linux gives each thread a priority of its own; elsewhere this would be the whole process.
const NICE = 5;
if (platform() === 'linux') setPriority(0, NICE);

const port = parentPort;
if (!port) throw new Error('this is a worker thread');
const { dir, recipients, identities } = workerData as ChunkWorkerData;
const say = (message: FromChunkWorker): void => port.postMessage(message);
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const encrypt = encryptTo(recipients);
const decrypt = identities === null ? null : decryptWith(identities);

let work = Promise.resolve();
const inTurn = (act: () => Promise<void>): void => {
  work = work.then(act).catch((error) => say({ kind: 'fault', fault: wordsOf(error) }));
};

const telling = new Map<number, { told: () => void; failed: (error: unknown) => void }>();
let lastTell = 0;
const tell = (facts: ChunkFacts): Promise<void> =>
  new Promise((told, failed) => {
    lastTell += 1;
    telling.set(lastTell, { told, failed });
    say({ kind: 'tell', id: lastTell, facts });
  });

async function makeKeys(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const key = newKey();
    const made: PartKey = { key, file: await encrypt(key) };
    say({ kind: 'keys', keys: [made] });
  }
}

port.on('message', (message: ToChunkWorker) => {
  switch (message.kind) {
    case 'keys':
      // Before the chunks that wait: a request waits for this.
      void makeKeys(message.count).catch((error) => say({ kind: 'fault', fault: wordsOf(error) }));
      return;
    case 'finish':
      inTurn(async () => {
        const { id, job } = message;
        try {
          const finished = await finishChunk(dir, job, encrypt);
          say({ kind: 'finished', id, facts: finished?.facts ?? null, fault: finished?.fault ?? null });
        } catch (error) {
          if (error instanceof PartGone) say({ kind: 'finished', id, facts: null, fault: `${job.part}: removed` });
          else say({ kind: 'failed', id, fault: wordsOf(error) });
        }
      });
      return;
    case 'told':
      inTurn(async () => {
        try {
          await forgetOpen(dir, message.part, message.chunk, message.end);
        } finally {
          say({ kind: 'forgotten', id: message.id });
        }
      });
      return;
    case 'recovered': {
      const one = telling.get(message.id);
      telling.delete(message.id);
      if (message.ok) one?.told();
      else one?.failed(new Error('the journal could not be told'));
      return;
    }
    case 'recover':
      // Not in turn: it waits for the journal, and what is alive must not wait for that.
      if (decrypt === null) {
        say({ kind: 'recoveredAll', parts: 0 });
        return;
      }
      recoverParts(
        { dir, encrypt, decrypt, tell, onError: (e) => say({ kind: 'fault', fault: wordsOf(e) }) },
        message.all,
      )
        .then((parts) => say({ kind: 'recoveredAll', parts }))
        .catch((error) => {
          say({ kind: 'fault', fault: wordsOf(error) });
          say({ kind: 'recoveredAll', parts: 0 });
        });
  }
});
