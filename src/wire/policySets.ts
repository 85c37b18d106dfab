// Every policy set that was ever in force here, as the text whose digest decisions name: for evidence. Part of the composition.
// A set that cannot be kept stops nothing: its digest stands in the ledger anyway.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../kernel/canonicalJson.ts';
import { newSecret, sha256Hex } from '../kernel/ids.ts';
import type { Policy } from '../policy/policy.ts';

const folderOf = ({ data }: { readonly data: string }): string => join(data, 'policy-sets');

/** @throws when the disk refuses, or the text is not what the digest says */
export function keepPolicySet(
  config: { readonly data: string },
  policy: Pick<Policy, 'schema' | 'policies' | 'digest'>,
): void {
  const { schema, policies, digest } = policy;
  if (policySetTexts(config)(digest) !== null) return;
  const text = canonicalJson({
    schema,
    policies: Object.fromEntries([...policies].map(([id, { text }]) => [id, text])),
  });
  if (sha256Hex(text) !== digest) throw new Error('the text of the policy set is not what its digest says');
  const folder = folderOf(config);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const beside = join(folder, `.${newSecret()}`);
  writeFileSync(beside, text, { mode: 0o600, flush: true });
  renameSync(beside, join(folder, `${digest}.json`));
}

/** The text of a set by its digest; null: it was not kept, or is damaged. */
export const policySetTexts =
  (config: { readonly data: string }) =>
  (digest: string): string | null => {
    if (!/^[0-9a-f]{64}$/.test(digest)) return null;
    try {
      const text = readFileSync(join(folderOf(config), `${digest}.json`), 'utf8');
      return sha256Hex(text) === digest ? text : null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  };
