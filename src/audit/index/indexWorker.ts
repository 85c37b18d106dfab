// The thread that writes the session index: the only writer of its database. It reads recordings from the files itself, so
// that the main thread only tells names and numbers of lines. Errors are told, not thrown; should it die all the same, workerLink.ts
// starts another one, which goes on from what was committed.
import { platform, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { createRecordingReader } from '../recording/reader.ts';
import { isSound } from './database.ts';
import { clearMentions } from './mentions.ts';
import { type Ask, type FromWorker, faultOf, type ToWorker, type WorkerData } from './messages.ts';
import { createTakeIn } from './takeIn.ts';

// Linux gives each thread a priority of its own and 0 means the calling one (setpriority(2), "C library/kernel
// differences"); elsewhere 0 would be the whole process.
const NICE = 10;
if (platform() === 'linux') setPriority(0, NICE);

const port = parentPort;
if (!port) throw new Error('this is a worker thread');
const tell = (message: FromWorker): void => port.postMessage(message);
const { file, dir, identities, unclean } = workerData as WorkerData;

let heard = 0;
let renewal = 0;
const takeIn = createTakeIn({
  file,
  reader: createRecordingReader({ dir, identities }),
  onError: (error) => tell({ kind: 'fault', fault: faultOf(error) }),
  onTaken: () => tell({ kind: 'taken', n: heard }),
  onRenewed() {
    renewal += 1;
    tell({ kind: 'opened', renewal });
  },
});
if (unclean && !isSound(takeIn.database())) takeIn.renew();
tell({ kind: 'opened', renewal });

const answer = async (ask: Ask): Promise<void> => {
  switch (ask.do) {
    case 'settle':
      return takeIn.settle();
    case 'rebuild':
      takeIn.renew();
      return takeIn.settle();
    case 'addMentions':
      return takeIn.addMentions(ask.entries);
    case 'clearMentions':
      return clearMentions(takeIn.database());
    case 'close':
      await takeIn.close(ask.within);
      return;
  }
};

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'grew':
      heard = message.n;
      return takeIn.grew(message.parts);
    case 'finished':
      takeIn.finished(message.part, message.chunk, message.lines);
      return;
    case 'scan':
      heard = message.n;
      return takeIn.scan();
    case 'broken':
      if (message.renewal !== renewal) return;
      takeIn.renew();
      return takeIn.scan();
    case 'ask':
      answer(message.ask).then(
        () => {
          tell({ kind: 'done', id: message.id, fault: null });
          if (message.ask.do === 'close') port.close();
        },
        (error) => tell({ kind: 'done', id: message.id, fault: faultOf(error) }),
      );
  }
});
