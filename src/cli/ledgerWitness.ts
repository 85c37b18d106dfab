// `sallyport ledger witness`: watches a ledger on behalf of somebody else. Once: reads the checkpoint, checks that it continues
// what was seen last, cosigns it, and writes that into the state file. Or as a server that the gateway asks (tlog-witness).
// Exit codes: 0 cosigned, or nothing new; 1 the ledger was cut or rewritten; 2 cannot be read.
import { open, readFile, rename } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, resolve } from 'node:path';
import { textOf } from '../audit/ledger/ledgerKey.ts';
import { createCosigner, readCheckpoint } from '../audit/ledger/note.ts';
import { createProofs } from '../audit/ledger/proofs.ts';
import { createWitness, type Witness, type WitnessState } from '../audit/ledger/witness.ts';
import { systemClock } from '../kernel/clock.ts';
import { newSecret } from '../kernel/ids.ts';
import { keyOf, readerOf } from './ledgerSource.ts';
import { bold, complain, green, print, red } from './report.ts';

export type LedgerWitnessOptions = {
  /** the file of the witness's private key */
  readonly key: string;
  /** the log's verifier key, or the file that holds it */
  readonly log: string;
  /** what was cosigned last: also what `ledger verify --kept` takes */
  readonly state: string;
  readonly from?: string;
  /** host:port */
  readonly listen?: string;
};

export async function ledgerWitness(options: LedgerWitnessOptions): Promise<0 | 1 | 2> {
  try {
    const log = await keyOf(options.log);
    const signer = createCosigner(await readFile(options.key, 'utf8'));
    const witness = createWitness({ log, signer, state: fileState(resolve(options.state)), clock: systemClock });
    if (options.listen !== undefined) return await serve(witness, options.listen, signer.verifierKey);
    if (options.from === undefined) throw new Error('Give --from with the ledger, or --listen with an address.');
    return await once(witness, options.from);
  } catch (error) {
    complain(`${red(bold('Cannot witness.'))} ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}

async function once(witness: Witness, from: string): Promise<0 | 1 | 2> {
  const read = readerOf(from);
  const seen = await witness.size();
  const note = (await read('checkpoint'))?.toString('utf8');
  if (note === undefined) {
    if (seen === 0) throw new Error(`there is no checkpoint in ${from}`);
    complain(red(bold(`There is no checkpoint any more; ${seen} entries were seen. The ledger was cut.`)));
    return 1;
  }
  const { size } = readCheckpoint(note);
  if (size < seen) {
    complain(red(bold(`The ledger has ${size} entries; ${seen} were seen. It was cut.`)));
    return 1;
  }
  const proof = seen > 0 && seen < size ? await createProofs({ read }, size).consistency(seen) : [];
  const answer = await witness.add(
    [`old ${seen}`, ...proof.map((hash) => hash.toString('base64')), '', note].join('\n'),
  );
  if (answer.status !== 200) {
    complain(
      red(
        bold(
          `Not cosigned: ${answer.kind === 'size' ? `another ledger of ${seen} entries was seen: it was rewritten` : answer.text.trim()}.`,
        ),
      ),
    );
    return answer.status === 409 || answer.status === 422 || answer.status === 403 ? 1 : 2;
  }
  print(`${green(bold('Cosigned'))} ${size} entries, ${size - seen} of them new.`);
  return 0;
}

const MOST_BODY = 16 * 1024;

async function serve(witness: Witness, listen: string, verifierKey: string): Promise<0> {
  const [, host = '', port = ''] = /^(.*):(\d{1,5})$/.exec(listen) ?? [];
  if (port === '') throw new Error('Write --listen as host:port.');
  const server = createServer(async (request, response) => {
    const end = (status: number, text: string, type = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
    try {
      if (request.method !== 'POST' || !request.url?.endsWith('/add-checkpoint')) return end(404, 'not found\n');
      const chunks: Buffer[] = [];
      let length = 0;
      for await (const chunk of request) {
        length += (chunk as Buffer).length;
        if (length > MOST_BODY) return end(400, 'too long\n');
        chunks.push(chunk as Buffer);
      }
      const { status, text, kind } = await witness.add(Buffer.concat(chunks).toString('utf8'));
      return end(status, text, kind === 'size' ? 'text/x.tlog.size' : undefined);
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
      return end(500, 'this witness cannot say anything now\n');
    }
  });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(Number(port), host.replace(/^\[|\]$/g, ''), done);
  });
  const place = server.address();
  print(`${verifierKey}\nlistening on port ${typeof place === 'object' ? place?.port : port}`);
  await new Promise<void>((done) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => done());
  });
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  return 0;
}

/** Old or new, never a mixture, and on the disk before anybody gets the signature. */
export function fileState(file: string): WitnessState {
  return {
    read: () => textOf(file),
    async write(note) {
      const beside = `${file}.${newSecret().slice(0, 12)}`;
      const handle = await open(beside, 'wx', 0o600);
      try {
        await handle.writeFile(note);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(beside, file);
      const folder = await open(dirname(file), 'r');
      await folder.sync().finally(() => folder.close());
    },
  };
}
