// Loads lua/*.lua once, each behind prelude.lua, and runs them with the standard keys and arguments in front.
// Atomic changes of state happen here and nowhere else.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditEvent } from '../kernel/auditEvent.ts';
import { canonicalJson, type Json } from '../kernel/canonicalJson.ts';
import { sha256Hex } from '../kernel/ids.ts';
import { type RedisClient, StateUnavailable } from './client.ts';
import type { Keys } from './keys.ts';

export class EpochChanged extends StateUnavailable {}

export type Scripts = {
  /**
   * Runs `lua/<name>.lua`.
   * @param keys the script's own keys, from KEYS[5] on  @param args its own arguments, from ARGV[3] on
   * @returns the outcome word and what follows it
   * @throws StateUnavailable when Redis failed, or when no epoch is known yet (nothing may be made that no epoch stands
   * behind; `readPulse` and `renewEpoch`, which find it out, pass `''` themselves); EpochChanged when the data is not the
   * data that this process believes in
   */
  run(name: string, keys: readonly string[], args: readonly string[], epoch?: string): Promise<[string, ...string[]]>;
};

/** An event as the two arguments that every script takes: the canonical JSON and its digest. */
export function eventArgs(event: AuditEvent): [json: string, digest: string] {
  const json = canonicalJson(event as unknown as Json);
  return [json, sha256Hex(json)];
}

/**
 * @param epoch the epoch that this process believes in; asked at each call
 */
export function createScripts(deps: { client: RedisClient; keys: Keys; epoch: () => string }): Scripts {
  const { client, keys, epoch } = deps;
  const folder = join(import.meta.dirname, 'lua');
  const prelude = readFileSync(join(folder, 'prelude.lua'), 'utf8');
  const scripts = new Map<string, { text: string; sha1: string }>();
  for (const file of readdirSync(folder)) {
    if (!file.endsWith('.lua') || file === 'prelude.lua') continue;
    const own = readFileSync(join(folder, file), 'utf8');
    // `-- with: a b` names the shared parts that stand between the prelude and the script.
    const shared = /^-- with: ([a-z ]+)$/m.exec(own)?.[1]?.split(' ') ?? [];
    const parts = shared.map((part) => readFileSync(join(folder, 'shared', `${part}.lua`), 'utf8'));
    const text = [prelude, ...parts, own].join('\n');
    scripts.set(file.slice(0, -'.lua'.length), { text, sha1: createHash('sha1').update(text).digest('hex') });
  }
  const standard = [keys.epoch, keys.revision, keys.journal, keys.journalHead];
  return {
    async run(name, ownKeys, args, given) {
      const script = scripts.get(name);
      if (!script) throw new Error(`no script named ${name}`);
      const believed = given ?? epoch();
      if (given === undefined && believed === '') throw new StateUnavailable(`redis: ${name}: not in step with it yet`);
      const answer = await client.script(script, [...standard, ...ownKeys], [believed, keys.changes, ...args]);
      if (!Array.isArray(answer) || typeof answer[0] !== 'string')
        throw new StateUnavailable(`redis: ${name}: no outcome`);
      if (answer[0] === 'epoch.changed') throw new EpochChanged('redis: the data was replaced under this process');
      const [outcome, ...rest] = answer.map(String);
      return [outcome ?? '', ...rest];
    },
  };
}
