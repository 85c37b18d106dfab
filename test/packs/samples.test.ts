// Every pack that is shipped recognises its own samples, and each of its entries is shown by one.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkPacks } from '../../src/cli/checkPacks.ts';
import { createPolicy } from '../../src/policy/policy.ts';
import { loadPacks } from '../../src/proxy/recognise/loadPacks.ts';
import { createRecogniser } from '../../src/proxy/recognise/recognise.ts';
import { judgeSample, parseSamples, runSample } from '../../src/proxy/recognise/samples.ts';
import { knownActions } from '../../src/wire/loadRules.ts';

const CONFIG = join(import.meta.dirname, '../../config');
const PACKS = join(CONFIG, 'packs');
const packs = loadPacks(PACKS);
const recogniser = createRecogniser(packs);

for (const pack of packs.all.keys())
  for (const file of readdirSync(join(PACKS, pack, 'samples')))
    describe(`${pack}, ${file}`, () => {
      for (const sample of parseSamples(readFileSync(join(PACKS, pack, 'samples', file), 'utf8')))
        test(sample.name, async () => {
          expect(judgeSample(sample, await runSample(sample, pack, recogniser))).toEqual([]);
        });
    });

describe('the check of packs', () => {
  const { actions } = createPolicy({
    dir: join(CONFIG, 'policies'),
    actions: knownActions(packs.vocabulary),
  });

  test('finds nothing wrong with what is shipped', async () => {
    const { faults, packs: found } = await checkPacks(PACKS, actions);
    expect(faults).toEqual([]);
    expect(found.length).toBe(packs.all.size);
    for (const one of found) expect(one.samples).toBeGreaterThan(one.entries);
  });

  test('finds a sample that is taken for something else, an entry without one, and an action that no policy knows', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'packs-'));
    try {
      cpSync(PACKS, dir, { recursive: true });
      const file = join(dir, 'acme-mdm/samples/bulk.http');
      writeFileSync(file, readFileSync(file, 'utf8').replace('@targets device:d-0007', '@targets device:d-0008'));
      rmSync(join(dir, 'acme-mdm/samples/content.http'));
      const known = new Set([...actions].filter((action) => action !== 'device.lock'));
      const said = (await checkPacks(dir, known)).faults.map(({ what }) => what);
      expect(said).toContain('has the targets device:d-0007, expected device:d-0008');
      expect(said).toContain('no sample shows the entry app-upload');
      expect(said).toContain('no policy can speak of device.lock: add it to the schema');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
