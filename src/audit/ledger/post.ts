// Sends the newest checkpoint elsewhere: to witnesses that cosign it, to receivers that keep it. Whoever has one can see that
// the ledger was cut or rewritten later. Behind the sealing: it waits for nobody, and a receiver that is away only misses what
// is older than the newest. Each destination gets at most one checkpoint in `every` ms, and more tries with growing pauses.
import { createHmac } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import type { Blobs } from './blobs.ts';
import { readCheckpoint } from './note.ts';
import { openStore, type StoreSettings } from './openStore.ts';

export type PostSettings =
  | { readonly kind: 'webhook'; readonly url: string; readonly secret: string }
  | { readonly kind: 'store'; readonly store: StoreSettings }
  /** over a channel of the notices; a mail every `every` ms is enough to date the history */
  | { readonly kind: 'mail'; readonly channel: string; readonly to: readonly string[]; readonly every: number };

export type Destination = {
  /** for the log: names no secret */
  readonly name: string;
  /** ms between two checkpoints, when it wants fewer than the others */
  readonly every?: number;
  /** @throws when it was not taken */
  send(note: string): Promise<void>;
};

export type Post = {
  /** A checkpoint is durable. Returns at once. */
  sealed(note: string): void;
  /** Sends what waits without regard to the pauses, for at most `within` ms, and stops. */
  stop(within?: number): Promise<void>;
  state(): readonly {
    readonly name: string;
    readonly size: number;
    readonly waiting: boolean;
    readonly fault: string | null;
  }[];
};

const TIMEOUT = 10_000;
const LONGEST = 10 * 60_000;

export function createPost(deps: {
  readonly destinations: readonly Destination[];
  readonly every: number;
  readonly onError: (error: unknown) => void;
}): Post {
  const lanes = deps.destinations.map((destination) =>
    createLane(destination, Math.max(deps.every, destination.every ?? 0), deps.onError),
  );
  return {
    sealed(note) {
      for (const lane of lanes) lane.offer(note);
    },
    async stop(within = 3000) {
      await Promise.race([Promise.all(lanes.map((lane) => lane.stop())), pause(within)]);
    },
    state: () => lanes.map((lane) => lane.state()),
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

/** One destination: the newest checkpoint waits, older ones are forgotten. */
function createLane(destination: Destination, every: number, onError: (error: unknown) => void) {
  let waiting: string | null = null;
  let timer: NodeJS.Timeout | null = null;
  let sending: Promise<void> | null = null;
  let failures = 0;
  let size = 0;
  let fault: string | null = null;
  let stopped = false;

  async function send(): Promise<void> {
    const note = waiting;
    if (note === null) return;
    waiting = null;
    try {
      await destination.send(note);
      ({ size } = readCheckpoint(note));
      failures = 0;
      fault = null;
    } catch (error) {
      waiting ??= note;
      failures += 1;
      const words = error instanceof Error ? error.message : String(error);
      if (words !== fault) onError(new Error(`checkpoint to ${destination.name}: ${words}`));
      fault = words;
    }
  }
  function next(): void {
    if (stopped || timer !== null || sending !== null || waiting === null) return;
    sending = send().finally(() => {
      sending = null;
      timer = setTimeout(
        () => {
          timer = null;
          next();
        },
        Math.max(every, failures === 0 ? 0 : Math.min(LONGEST, 1000 * 2 ** failures)),
      ).unref();
    });
  }
  return {
    offer(note: string): void {
      waiting = note;
      next();
    },
    async stop(): Promise<void> {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      await sending;
      // Who wants few gets none for each stop.
      if (destination.every === undefined) await send();
    },
    state: () => ({ name: destination.name, size, waiting: waiting !== null, fault }),
  };
}

/** One mail of plain text over a channel that the configuration names. @throws with words when it was not taken */
export type SendMail = (mail: {
  readonly channel: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly id: string;
}) => Promise<void>;

export function createDestination(settings: PostSettings, clock: Clock, sendMail?: SendMail): Destination {
  if (settings.kind === 'webhook') return webhook(settings, clock);
  if (settings.kind === 'mail') {
    if (!sendMail) throw new Error('nothing to send mail with');
    return mail(settings, sendMail);
  }
  const { store } = settings;
  const name = store.kind === 'folder' ? `folder ${store.folder}` : `bucket ${store.bucket}`;
  return { name, send: (note) => keep(openStore(store, clock).blobs, note) };
}

/** Each checkpoint under its size: what was kept once is never written over. */
async function keep(blobs: Pick<Blobs, 'writeOnce'>, note: string): Promise<void> {
  await blobs.writeOnce(`checkpoints/${readCheckpoint(note).size}`, Buffer.from(note));
}

function mail(
  { channel, to, every }: { readonly channel: string; readonly to: readonly string[]; readonly every: number },
  sendMail: SendMail,
): Destination {
  return {
    name: `mail over ${channel}`,
    every,
    async send(note) {
      const { origin, size, root } = readCheckpoint(note);
      const text = `The ledger ${origin} has ${size} entries. Keep this message: with it the ledger can be compared later
(save what stands between the lines as a file: sallyport ledger verify --kept FILE).

-----
${note}-----
`;
      const id = `ckp_${size}_${root.toString('hex').slice(0, 16)}`;
      for (const address of to)
        await sendMail({ channel, to: address, subject: `Sallyport: checkpoint of ${size} entries`, text, id });
    },
  };
}

/** JSON, signed as Standard Webhooks 1.0 says (webhook-id, webhook-timestamp, webhook-signature). */
function webhook({ url, secret }: { readonly url: string; readonly secret: string }, clock: Clock): Destination {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const name = `webhook ${URL.parse(url)?.host ?? ''}`;
  return {
    name,
    async send(note) {
      const { origin, size, root } = readCheckpoint(note);
      const id = `ckp_${size}_${root.toString('hex').slice(0, 16)}`;
      const timestamp = String(Math.floor(clock.now() / 1000));
      const data = { origin, size, root: root.toString('base64'), checkpoint: note };
      const body = JSON.stringify({
        type: 'sallyport.ledger.checkpoint',
        timestamp: new Date(clock.now()).toISOString(),
        data,
      });
      const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Sallyport',
          'webhook-id': id,
          'webhook-timestamp': timestamp,
          'webhook-signature': `v1,${signature}`,
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT),
      }).catch((error: unknown) => {
        // The messages of the network's errors name addresses, and this one is a secret.
        throw new Error(
          error instanceof Error && error.name === 'TimeoutError' ? 'no answer in time' : 'not reachable',
        );
      });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
    },
  };
}
