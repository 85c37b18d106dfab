// What the console calls the targets of a request that is about to be refused, so that people read names and not only ids.
// Kept a few minutes for one session at one console, because the same request comes again with its signature. Answers that
// failed are kept too, shorter: a console in trouble is not asked again for every refusal.
import { type Action, ALL, type Target } from '../../kernel/action.ts';
import { type Clock, monotonic } from '../../kernel/clock.ts';
import type { Recognised } from '../../kernel/exchange.ts';
import { titleWith } from '../recognise/actionOf.ts';
import type { Pack } from '../recognise/pack.ts';
import { questionFor } from '../recognise/questions.ts';
import { createRooms } from '../rooms.ts';
import type { AskConsole } from './askConsole.ts';
import { plainName, plainTime, valueAt } from './words.ts';

/** Targets of one request that the console is asked about; the rest keep their ids. */
const MOST_ASKED = 20;
const AT_ONCE = 4;
/** Questions of a session at once and per second: each refusal may ask twenty, and refusals cost a script nothing. */
const [QUESTIONS, PER_SECOND] = [200, 10];
/** ms that a refusal waits for names at most */
const PATIENCE = 2500;
const KEPT = 5 * 60_000;
const FAILURE_KEPT = 30_000;
const MOST_KEPT = 500;
const MOST_SESSIONS = 1000;

type Told = { readonly name: string; readonly seen: string | null };
export type Known = {
  readonly names: { readonly [target: string]: string };
  readonly called: (target: Target) => string | null;
};
type Kept = { readonly told: Promise<Told | null>; until: number };

export type NameParts = { readonly ask: AskConsole; readonly packOf: (pack: string) => Pack | undefined };

export type Names = {
  /** The action with `names` and a title that says them. Never rejects; waits at most a few seconds. */
  withNames(request: Recognised): Promise<Action>;
  /** What was told already of these targets to this session; asks nobody. `called`: the names alone, for titles. */
  known(session: string, console: string, targets: readonly Target[]): Promise<Known>;
  /** The session is over: what it was told goes. */
  endSession(session: string): void;
};

export function createNames({ ask, packOf }: NameParts, now: Clock['now'] = monotonic): Names {
  const sessions = new Map<string, Map<string, Kept>>();
  const room = createRooms(now, QUESTIONS, PER_SECOND, MOST_SESSIONS);

  const keptFor = (session: string): Map<string, Kept> => {
    const kept = sessions.get(session) ?? new Map<string, Kept>();
    // Deleted and set again: the one that was used longest ago comes first.
    sessions.delete(session);
    sessions.set(session, kept);
    for (const oldest of sessions.keys()) {
      if (sessions.size <= MOST_SESSIONS) break;
      sessions.delete(oldest);
    }
    return kept;
  };

  /** Null when the pack has no question for it: not worth a place among those that are asked. */
  function tellerOf(request: Recognised, pack: Pack, target: Target): (() => Promise<Told | null>) | null {
    if (target.id === ALL) return null;
    const found = questionFor(pack.questions.names.get(target.kind), target.id);
    if (found === null) return null;
    const { question } = found;
    return async () => {
      const answer = await ask(request, { target: found.target, accept: question.accept });
      const places = typeof question.name === 'string' ? [question.name] : question.name;
      for (const place of places) {
        const name = plainName(valueAt(answer, place));
        if (name === null) continue;
        return { name, seen: question.seen === undefined ? null : plainTime(valueAt(answer, question.seen)) };
      }
      return null;
    };
  }

  async function tell(request: Recognised, pack: Pack): Promise<Map<string, Told>> {
    const kept = keptFor(request.session.id);
    const names = new Map<string, Told>();
    const waiting = request.action.targets
      .flatMap((target) => {
        const teller = tellerOf(request, pack, target);
        return teller === null ? [] : [{ key: keyOf(target), teller }];
      })
      .slice(0, MOST_ASKED);
    const until = now() + PATIENCE;
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined && now() < until; next = waiting.shift()) {
        const { key, teller } = next;
        const told = await recall(request.session.id, kept, `${request.console.id} ${key}`, teller);
        if (told !== null) names.set(key, told);
      }
    };
    await within(Promise.all(Array.from({ length: AT_ONCE }, work)), PATIENCE);
    return new Map(names);
  }

  /** What was asked already, or asks; with no room left the id has to do. */
  async function recall(
    session: string,
    kept: Map<string, Kept>,
    key: string,
    teller: () => Promise<Told | null>,
  ): Promise<Told | null> {
    const known = kept.get(key);
    if (known !== undefined && now() < known.until) return known.told;
    if (!room.take(session, 1)) return null;
    const entry: Kept = { told: teller(), until: now() + KEPT };
    entry.told.then((told) => {
      if (told === null) entry.until = Math.min(entry.until, now() + FAILURE_KEPT);
    });
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(key, entry);
    return entry.told;
  }

  return {
    async withNames(request) {
      const { action, console, method } = request;
      const pack = packOf(console.pack);
      // A message of a socket brings no cookies that a question could be asked with.
      if (pack === undefined || method === 'MESSAGE' || pack.questions.names.size === 0) return action;
      const told = await tell(request, pack);
      if (told.size === 0) return action;
      const title = titleWith(action, (target) => told.get(keyOf(target))?.name ?? null);
      return { ...action, title, names: namesIn(told) };
    },
    async known(session, console, targets) {
      const kept = sessions.get(session);
      const told = new Map<string, Told>();
      for (const key of targets.map(keyOf)) {
        const found = kept?.get(`${console} ${key}`);
        const one = found !== undefined && now() < found.until ? await found.told : null;
        if (one !== null) told.set(key, one);
      }
      return {
        names: namesIn(told),
        called: (target) => told.get(keyOf(target))?.name ?? null,
      };
    },
    endSession: (session) => void sessions.delete(session),
  };
}

const keyOf = ({ kind, id }: Target): string => `${kind}:${id}`;
/** When a device was last seen is told of one device; in a list of them it would hide the names. */
const namesIn = (told: ReadonlyMap<string, Told>): { readonly [target: string]: string } =>
  Object.fromEntries(
    [...told].map(([key, { name, seen }]) => [
      key,
      seen === null || told.size > 1 ? name : `${name}, last seen ${seen}`,
    ]),
  );

function within(work: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
