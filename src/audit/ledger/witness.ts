// A witness (https://c2sp.org/tlog-witness): remembers the last checkpoint of one log, and puts its name only to one that
// continues it. It MUST have written down what it signs before the signature leaves, or it could be led to sign two histories.
import type { Clock } from '../../kernel/clock.ts';
import { extendsLog } from '../verify/merkle.ts';
import { type NoteKey, openCheckpoint } from '../verify/note.ts';
import { type Cosigner, readCheckpoint } from './note.ts';

/** What was cosigned last: the note, durable when `write` resolves; null: nothing yet. */
export type WitnessState = { read(): Promise<string | null>; write(note: string): Promise<void> };

/** As an HTTP answer; `kind` for the content type. */
export type Witnessed = {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly text: string;
  readonly kind: 'text' | 'size';
};

export type Witness = {
  /** @param body as add-checkpoint takes it: `old <size>`, proof lines, an empty line, the checkpoint */
  add(body: string): Promise<Witnessed>;
  /** entries of the log that it has put its name to */
  size(): Promise<number>;
};

const MOST_PROOF = 63;

export function createWitness(deps: {
  readonly log: NoteKey;
  readonly signer: Cosigner;
  readonly state: WitnessState;
  readonly clock: Clock;
}): Witness {
  const { log, signer, state, clock } = deps;
  let turn: Promise<unknown> = Promise.resolve();

  async function last(): Promise<{ size: number; root: Buffer }> {
    const note = await state.read();
    if (note === null) return { size: 0, root: Buffer.alloc(0) };
    const opened = openCheckpoint(note, [log]);
    if (typeof opened === 'string') throw new Error(`what this witness wrote down is not sound: ${opened}`);
    return opened;
  }
  const refuse = (status: 400 | 403 | 404 | 422, text: string): Witnessed => ({
    status,
    text: `${text}\n`,
    kind: 'text',
  });

  async function add(body: string): Promise<Witnessed> {
    const split = body.indexOf('\n\n');
    const [first = '', ...lines] = body.slice(0, Math.max(split, 0)).split('\n');
    const old = /^old (0|[1-9]\d{0,15})$/.exec(first)?.[1];
    const proof = lines.map((text) => Buffer.from(text, 'base64'));
    if (old === undefined || proof.length > MOST_PROOF || proof.some((hash) => hash.length !== 32))
      return refuse(400, 'this is not a request to cosign');
    const note = body.slice(split + 2);
    let origin: string;
    try {
      ({ origin } = readCheckpoint(note));
    } catch {
      return refuse(400, 'this is not a checkpoint');
    }
    if (origin !== log.name) return refuse(404, 'this log is not known here');
    const opened = openCheckpoint(note, [log]);
    if (typeof opened === 'string') return refuse(403, opened);
    if (Number(old) > opened.size) return refuse(400, 'the old size is larger than the checkpoint');
    const seen = await last();
    const conflict: Witnessed = { status: 409, text: `${seen.size}\n`, kind: 'size' };
    if (Number(old) !== seen.size) return conflict;
    if (opened.size === seen.size && seen.size > 0 && !opened.root.equals(seen.root)) return conflict;
    if (seen.size === 0 ? proof.length > 0 : !extendsLog(seen, opened, proof))
      return refuse(422, 'the proof does not hold: this is not a continuation of what was seen');
    const { text } = readCheckpoint(note);
    const line = signer.cosign(text, clock.now());
    const own = readCheckpoint(note).signatures.find(
      (one) => typeof openCheckpoint(`${text}\n${one}`, [log]) !== 'string',
    );
    await state.write(`${text}\n${own ?? ''}${line}`);
    return { status: 200, text: line, kind: 'text' };
  }

  return {
    add(body) {
      const next = turn.then(() => add(body));
      turn = next.catch(() => undefined);
      return next;
    },
    size: async () => (await last()).size,
  };
}
