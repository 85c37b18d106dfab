// Asks a witness to cosign (https://c2sp.org/tlog-witness): the checkpoint and the proof that it continues what the witness
// saw last. What it answers is checked before it is kept, beside the checkpoint, as `cosigned`: the newest checkpoint that
// witnesses have put their names to.
import { openCheckpoint, readNoteKey } from '../verify/note.ts';
import type { Blobs } from './blobs.ts';
import { readCheckpoint } from './note.ts';
import type { Destination } from './post.ts';
import { createProofs } from './proofs.ts';

export const COSIGNED = 'cosigned';
const TIMEOUT = 10_000;
/** An answer is a few lines. */
const MOST_ANSWER = 16 * 1024;
const SWAPS = 5;

/** @param key the witness's verifier key @param url its submission prefix, without a slash at the end */
export function witnessDestination(witness: {
  readonly key: string;
  readonly url: string;
  readonly blobs: Blobs;
}): Destination {
  const { url, blobs } = witness;
  const key = readNoteKey(witness.key);
  if (key?.kind !== 'witness') throw new Error('this is not the verifier key of a witness');
  let old = 0;

  const ask = async (note: string): Promise<{ status: number; text: string }> => {
    const { size } = readCheckpoint(note);
    const proof = old > 0 && old < size ? await createProofs(blobs, size).consistency(old) : [];
    const body = [`old ${old}`, ...proof.map((hash) => hash.toString('base64')), '', note].join('\n');
    const answer = await fetch(`${url.replace(/\/$/, '')}/add-checkpoint`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', 'user-agent': 'Sallyport' },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const text = (await answer.text()).slice(0, MOST_ANSWER);
    return { status: answer.status, text };
  };

  return {
    name: `witness ${key.name}`,
    async send(note) {
      const { size, text } = readCheckpoint(note);
      let answer = await ask(note);
      // It saw another size last, and says which.
      if (answer.status === 409 && /^\d{1,16}\n?$/.test(answer.text)) {
        const seen = Number(answer.text);
        if (seen > size) throw new Error(`it has seen ${seen} entries, the ledger has ${size}: was the ledger cut?`);
        old = seen;
        answer = await ask(note);
      }
      if (answer.status !== 200) throw new Error(`answered ${answer.status}`);
      const lines = answer.text.split('\n').filter((one) => one.startsWith(`— ${key.name} `));
      const opened = openCheckpoint(`${text}\n${lines.join('\n')}\n`, [key]);
      if (typeof opened === 'string') throw new Error(`its cosignature is not taken: ${opened}`);
      old = size;
      await keep(blobs, note, `${lines.join('\n')}\n`);
    },
  };
}

/** Adds the lines to the newest cosigned checkpoint, or begins a newer one. */
async function keep(blobs: Blobs, note: string, lines: string): Promise<void> {
  const own = readCheckpoint(note);
  for (let tries = 0; tries < SWAPS; tries += 1) {
    const before = await blobs.read(COSIGNED);
    const there = before === null ? null : readCheckpoint(before.toString('utf8'));
    if (there !== null && there.size > own.size) return;
    const base = before !== null && there?.text === own.text ? before.toString('utf8') : note;
    if (base.includes(lines) || (await blobs.swap(COSIGNED, before, Buffer.from(base + lines)))) return;
  }
  throw new Error('the cosigned checkpoint was moved again and again');
}
