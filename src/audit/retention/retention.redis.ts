// Legal holds and begun deletions, in Redis: every change and the event that tells of it are one atomic script, and a deletion
// is begun only while the legal holds are those that it was weighed against.
import type { AuditEvent } from '../../kernel/auditEvent.ts';
import { canonicalJson, type Json } from '../../kernel/canonicalJson.ts';
import { newId } from '../../kernel/ids.ts';
import type { Session } from '../../kernel/session.ts';
import { type RedisClient, StateUnavailable } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import { eventArgs, type Scripts } from '../../redis/scripts.ts';
import type { LegalHold, LegalHoldMatch } from './legalHold.ts';
import type { Deletion, RetentionStore } from './retention.ts';

/** From the portal with its session; from the command line with nobody's, which counts as one person however often. */
export type HoldActor =
  | (Pick<Session, 'id'> & { readonly principal: Pick<Session['principal'], 'id' | 'name'> })
  | { readonly command: string };

export type LegalHolds = {
  /** Oldest first. @throws StateUnavailable */
  list(): Promise<readonly LegalHold[]>;
  /** @throws StateUnavailable */
  set(
    actor: HoldActor,
    match: LegalHoldMatch,
    reason: string,
  ): Promise<{ id: string } | 'too.many' | 'session.revoked'>;
  /** One of the two words that end it. @throws StateUnavailable */
  release(
    actor: HoldActor,
    id: string,
    reason: string,
  ): Promise<'asked' | 'released' | 'unknown' | 'twice' | 'session.revoked'>;
};

const MOST = 1000;
const COMMAND_LINE = 'command line';

export function createRetentionStore(deps: {
  readonly scripts: Scripts;
  readonly client: RedisClient;
  readonly keys: Keys;
}): RetentionStore & { readonly legalHolds: LegalHolds } {
  const { scripts, client, keys } = deps;

  const who = (actor: HoldActor) => {
    if ('command' in actor)
      return {
        person: { id: COMMAND_LINE, name: actor.command },
        told: { actor: null, actorName: `${actor.command} (${COMMAND_LINE})` },
        session: keys.session('none'),
        from: 'command',
      };
    const { id, name } = actor.principal;
    if (id === '' || actor.id === '' || id === COMMAND_LINE) throw new Error('a deed without a person');
    const told = { actor: id, actorName: name, session: actor.id };
    return { person: { id, name }, told, session: keys.session(actor.id), from: 'portal' };
  };
  const members = async (key: string): Promise<Map<string, unknown>> => {
    const answer = await client.command('HGETALL', key);
    const flat = Array.isArray(answer)
      ? answer.map(String)
      : Object.entries((answer ?? {}) as object)
          .flat()
          .map(String);
    const found = new Map<string, unknown>();
    try {
      for (let at = 0; at + 1 < flat.length; at += 2) found.set(flat[at] ?? '', JSON.parse(flat[at + 1] ?? ''));
    } catch {
      throw new StateUnavailable(`redis: ${key} cannot be read`);
    }
    return found;
  };
  const list = async (): Promise<readonly LegalHold[]> => {
    const [holds, releases] = await Promise.all([members(keys.legalHolds), members(keys.legalHoldReleases)]);
    return [...holds]
      .map(([id, stored]) => holdOf(id, stored, releases.get(id)))
      .sort((a, b) => a.since - b.since || (a.id < b.id ? -1 : 1));
  };
  const factsOf = ({ session, why, chunks }: Deletion): AuditEvent['facts'] => ({
    session,
    why,
    chunks: chunks.map(({ name, sha256 }) => ({ name, sha256 })),
  });
  const encoded = (deletion: Deletion): string => canonicalJson(factsOf(deletion) as { [name: string]: Json });

  return {
    async holds() {
      // The mark first: a hold that comes in between makes it an older one, and `begin` refuses.
      const mark = await client.command('GET', keys.legalHoldsMark);
      return { list: await list(), mark: typeof mark === 'string' ? mark : '0' };
    },
    async pending() {
      return [...(await members(keys.deletions))].map(([session, stored]) => deletionOf(session, stored));
    },
    async begin(deletion, mark) {
      const event: AuditEvent = { kind: 'retention.deleting', actor: null, facts: factsOf(deletion) };
      const own = [keys.deletions, keys.legalHoldsMark];
      const args = [deletion.session, mark, encoded(deletion), ...eventArgs(event)];
      const [word] = await scripts.run('beginDeletion', own, args);
      if (word === 'begun' || word === 'held' || word === 'pending') return word;
      throw new StateUnavailable(`redis: beginDeletion: unknown outcome ${word}`);
    },
    async finish(deletion, refused) {
      const left = new Set(refused.map(({ name }) => name));
      const gone = { ...deletion, chunks: deletion.chunks.filter(({ name }) => !left.has(name)) };
      const facts = { ...factsOf(gone), refused: refused.map(({ name, why }) => ({ name, why })) };
      const event: AuditEvent = { kind: 'retention.deleted', actor: null, facts };
      const [word] = await scripts.run(
        'finishDeletion',
        [keys.deletions],
        [deletion.session, encoded(deletion), ...eventArgs(event)],
      );
      if (word !== 'finished' && word !== 'unknown')
        throw new StateUnavailable(`redis: finishDeletion: unknown outcome ${word}`);
    },
    legalHolds: {
      list,
      async set(actor, match, reason) {
        const { person, told, session, from } = who(actor);
        const id = newId('lho');
        const facts = { legalHold: id, match, reason };
        const [word] = await scripts.run(
          'setLegalHold',
          [keys.legalHolds, keys.legalHoldsMark, session],
          [
            ...[id, canonicalJson({ id, match, reason, by: person }), from, String(MOST)],
            ...eventArgs({ kind: 'legalhold.set', ...told, facts }),
          ],
        );
        if (word === 'set') return { id };
        if (word === 'too.many' || word === 'session.revoked') return word;
        throw new StateUnavailable(`redis: setLegalHold: unknown outcome ${word}`);
      },
      async release(actor, id, reason) {
        const { person, told, session, from } = who(actor);
        const facts = { legalHold: id, reason };
        const [word] = await scripts.run(
          'releaseLegalHold',
          [keys.legalHolds, keys.legalHoldsMark, session, keys.legalHoldReleases],
          [
            ...[id, person.id, canonicalJson({ by: person, reason }), from],
            ...eventArgs({ kind: 'legalhold.release.asked', ...told, facts }),
            ...eventArgs({ kind: 'legalhold.released', ...told, facts }),
          ],
        );
        switch (word) {
          case 'asked':
          case 'released':
          case 'unknown':
          case 'twice':
          case 'session.revoked':
            return word;
          default:
            throw new StateUnavailable(`redis: releaseLegalHold: unknown outcome ${word}`);
        }
      },
    },
  };
}

/** @throws StateUnavailable when it is not of this shape: then nothing is deleted */
function holdOf(id: string, stored: unknown, release: unknown): LegalHold {
  const hold = (stored ?? {}) as Partial<LegalHold>;
  const { match, reason, by, since } = hold;
  const kinds: readonly unknown[] = ['all', 'session', 'person', 'console'];
  if (hold.id !== id || !kinds.includes(match?.kind) || typeof by?.id !== 'string' || typeof since !== 'number')
    throw new StateUnavailable(`redis: the legal hold ${id} cannot be read`);
  return {
    id,
    match: match as LegalHoldMatch,
    reason: String(reason ?? ''),
    by,
    since,
    release: (release as LegalHold['release'] | undefined) ?? null,
  };
}

function deletionOf(session: string, stored: unknown): Deletion {
  const { session: of, why, chunks } = (stored ?? {}) as Partial<Deletion>;
  if (of !== session || typeof why !== 'string' || !Array.isArray(chunks))
    throw new StateUnavailable(`redis: the deletion of ${session} cannot be read`);
  return { session, why, chunks };
}
