// `sallyport retention plan` and `run`: which recordings would be deleted by the rules in the configuration, and deleting them
// now instead of at the gateway's next sweep. Exit codes: 0 done; 1 something could not be deleted; 2 could not look.
import { join } from 'node:path';
import { openLedgerSource } from '../audit/evidence/ledgerSource.ts';
import { openStore } from '../audit/ledger/openStore.ts';
import { createRemoveChunk } from '../audit/retention/removeChunk.ts';
import { createRetentionStore } from '../audit/retention/retention.redis.ts';
import { createRetention, type RetentionOutcome, type RetentionPlan } from '../audit/retention/retention.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../kernel/clock.ts';
import { configOr } from './faults.ts';
import { bold, complain, dim, print, red, table } from './report.ts';
import { withJournal } from './withJournal.ts';

export type RetentionOptions = { config: string; json?: boolean };

/** @returns the exit code */
export async function retention(
  what: 'plan' | 'run',
  { config: file, json = false }: RetentionOptions,
): Promise<0 | 1 | 2> {
  try {
    const config = configOr(file);
    if (!config) return 2;
    return await withJournal(config, async (opened) => {
      const parts = retentionOf(config, createRetentionStore(opened));
      if (what === 'plan') return tellPlan(config, await parts.plan(), json);
      return tellOutcome(await parts.run(), json);
    });
  } catch (error) {
    complain(`${red(bold('Nothing was looked at.'))} ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}

const retentionOf = (config: Config, store: ReturnType<typeof createRetentionStore>) =>
  createRetention({
    ledger: () => openLedgerSource(openStore(config.ledger.store, systemClock).blobs),
    rules: config.retention,
    store,
    remove: createRemoveChunk({ dir: join(config.data, 'recordings') }),
    now: systemClock.now,
  });

const SHOWN = 100;
const mebibytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;

function tellPlan(config: Config, plan: RetentionPlan, json: boolean): 0 {
  if (json) {
    print(JSON.stringify(plan));
    return 0;
  }
  if (config.retention.length === 0) {
    print('The configuration has no rules of retention: recordings are kept for good.');
    return 0;
  }
  const all = plan.delete.reduce((sum, { bytes }) => sum + bytes, 0);
  print(bold(`${plan.delete.length} recordings would be deleted now, ${mebibytes(all)}`));
  const rows = plan.delete
    .slice(0, SHOWN)
    .map(({ session, person, until, chunks, bytes, why }) => [
      ...[`  ${session}`, person ?? '', new Date(until).toISOString().slice(0, 10)],
      ...[`${chunks.length} chunks`, mebibytes(bytes), why],
    ]);
  if (rows.length > 0) print(table(rows));
  if (plan.delete.length > SHOWN) print(dim(`  and ${plan.delete.length - SHOWN} more: --json tells all`));
  print(`${plan.held.length} more are kept by a legal hold.`);
  print(`${plan.kept} stay for now; of ${plan.unruled} of them no rule speaks, so they stay for good.`);
  return 0;
}

function tellOutcome(outcome: RetentionOutcome, json: boolean): 0 | 1 {
  const { deleted, refused, held } = outcome;
  if (json) print(JSON.stringify(outcome));
  else {
    print(`${new Set(deleted.map(({ session }) => session)).size} recordings deleted; ${held} kept by a legal hold.`);
    for (const { session, chunks } of refused) {
      const [first] = chunks;
      print(red(`  ${session}: ${chunks.length} chunks could not be deleted (${first?.why ?? 'unknown'})`));
    }
  }
  return refused.length > 0 ? 1 : 0;
}
