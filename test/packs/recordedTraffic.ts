// A real session through the whole stack, with a pack from which entries were taken out: what learn and coverage look at.
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { admin, type Person } from '../kit/people.ts';
import { type Stack, startStack } from '../kit/stack.ts';
import type { Answer } from '../kit/userAgent.ts';

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
/** What the pack does not know here. */
export const TAKEN_OUT = [
  'stats',
  'profile-list',
  'device',
  'device-lock',
  'device-rename',
  'bulk-lock',
  'bulk-retire',
];

export type Traffic = { readonly stack: Stack; readonly packs: string; readonly ada: Person; close(): Promise<void> };

/** A folder with one pack without some of its entries. */
export function packsWithout(entries: readonly string[]): string {
  const packs = mkdtempSync(join(tmpdir(), 'sp-packs-'));
  cpSync(root('config/packs/vocabulary.yaml'), join(packs, 'vocabulary.yaml'));
  cpSync(root('config/packs/acme-mdm'), join(packs, 'acme-mdm'), { recursive: true });
  const file = join(packs, 'acme-mdm/pack.yaml');
  const blocks = readFileSync(file, 'utf8').split(/^(?= {2}- id: )/m);
  const kept = blocks.filter((block) => !entries.some((id) => block.startsWith(`  - id: ${id}\n`)));
  if (blocks.length - kept.length !== entries.length) throw new Error('an entry to take out is not there');
  // A pack may ask its console only for what it describes.
  writeFileSync(file, kept.join('').replace(/^names:[\s\S]*?(?=^entries:)/m, ''));
  return packs;
}

function expectStatus(answer: Answer, status: number): void {
  if (answer.status !== status) throw new Error(`${answer.url}: ${answer.status}, not ${status}: ${answer.text()}`);
}

export async function recordTraffic(): Promise<Traffic> {
  const packs = packsWithout(TAKEN_OUT);
  const stack = await startStack(`packs: ${packs}\n`);
  const close = async () => {
    await stack.close();
    rmSync(packs, { recursive: true, force: true });
  };
  try {
    const ada = await admin(stack, 'ada');
    const olga = await admin(stack, 'olga');
    const from = (page: string) => ({ referer: `${stack.addresses.console}${page}` });
    const profiles = from('/profiles');
    for (const who of [ada, ada, olga]) expectStatus(await who.call('GET', '/api/stats', undefined, from('/')), 200);
    // Another entry owns this path: what a GET does there is not for anybody to guess.
    expectStatus(await ada.call('GET', '/api/profiles', undefined, profiles), 403);
    expectStatus(await ada.call('GET', '/api/devices', undefined, profiles), 200);
    expectStatus(await ada.call('GET', '/api/devices/d-0001', undefined, from('/devices/d-0001')), 200);
    for (const id of ['d-0001', 'd-0002'])
      expectStatus(
        await ada.call(
          'POST',
          `/api/devices/${id}/lock`,
          { message: 'Call us', pin: '483920' },
          from(`/devices/${id}`),
        ),
        403,
      );
    for (const command of ['lock', 'retire'])
      expectStatus(await ada.call('POST', '/api/devices/bulk', { command, ids: ['d-0003', 'd-0004'] }), 403);
    expectStatus(await ada.call('PATCH', '/api/devices/d-0001', { name: 'Front desk' }), 403);
    return { stack, packs, ada, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The command itself. */
export const sallyport = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [root('src/main.ts'), ...args], (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, err }),
    );
  });

/** What a person does with a proposal: kinds below `kinds:`, entries at the end. */
export function paste(packs: string, proposal: string): void {
  const file = join(packs, 'acme-mdm/pack.yaml');
  const [, kinds = ''] = /^# Below kinds:\n(.*?)\n\n/ms.exec(proposal) ?? [];
  const [, entries = ''] = /^# Below entries:\n(.*)$/ms.exec(proposal) ?? [];
  writeFileSync(file, `${readFileSync(file, 'utf8').replace(/^kinds:\n/m, `kinds:\n${kinds}\n`)}\n${entries}\n`);
}
