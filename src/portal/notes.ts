// What is unusual about a request, in sentences, for the people who are asked to agree to it. Every sentence is a fact from the
// history of this person's acts; nothing is guessed, and a history that cannot be read is said, not left out.
import type { History } from '../audit/index/history.ts';
import type { Grant } from '../kernel/grant.ts';
import type { Hold } from '../kernel/hold.ts';

/** What the notes are made of. `label`: the plain words of the action, "Wipe devices". */
export type NoteFacts = {
  readonly person: string;
  readonly label: string;
  /** devices that it would hit; null: not known, or as many as its holder chooses */
  readonly devices: number | null;
  readonly history: History;
  readonly now: number;
};

export type Notes = {
  ofHold(hold: Hold): string[];
  ofGrant(grant: Grant): string[];
};

export type NotesDeps = {
  /** of the session index. May throw: then the notes say that it cannot be read. */
  readonly history: (person: string, console: string, action: string, since: number) => History;
  /** null: no pack knows the action */
  readonly describe: (console: string, action: string) => { readonly label: string } | null;
  readonly clock: { now(): number };
};

const DAY = 24 * 3_600_000;
const LOOK_BACK_DAYS = 90;
/** Fewer acts say nothing about somebody's hours. */
const ENOUGH_FOR_HOURS = 20;
/** A grant for more actions than this is told about the first ones only. */
const MOST_ACTIONS = 3;
/** An inbox asks for the same people again and again: what was read counts for this long, ms. */
const KEPT_FOR = 10_000;
const MOST_KEPT = 500;

export function createNotes({ history, describe, clock }: NotesDeps): Notes {
  const kept = new Map<string, { readonly at: number; readonly history: History }>();
  const historyOf = (person: string, console: string, action: string, now: number): History => {
    const key = JSON.stringify([person, console, action]);
    const known = kept.get(key);
    if (known !== undefined && now - known.at < KEPT_FOR) return known.history;
    const read = history(person, console, action, now - LOOK_BACK_DAYS * DAY);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(key, { at: now, history: read });
    return read;
  };
  const about = (
    { holder, console, actions }: { holder: Grant['holder']; console: string; actions: readonly string[] },
    devices: number | null,
  ): string[] => {
    const now = clock.now();
    try {
      const facts = actions.slice(0, MOST_ACTIONS).map(
        (action): NoteFacts => ({
          person: holder.name,
          label: describe(console, action)?.label ?? action,
          devices,
          history: historyOf(holder.id, console, action, now),
          now,
        }),
      );
      // What is about the person and not about one action is said once, after the rest.
      return [...new Set([...facts.flatMap(actionNotes), ...facts.flatMap(personNotes)])];
    } catch {
      return [`What ${plain(holder.name)} has done so far cannot be read at the moment.`];
    }
  };
  return {
    ofHold: ({ principal, console, action, devices }) =>
      about({ holder: principal, console, actions: [action] }, devices),
    ofGrant: ({ holder, console, actions }) => about({ holder, console, actions }, null),
  };
}

/** Who has turned the very same request down before, when and why. @param others the person's holds, newest first */
export function turnedDown(hold: Hold, others: readonly Hold[], now: number): string[] {
  const same = (other: Hold): boolean =>
    other.id !== hold.id &&
    (['console', 'action', 'method', 'target', 'bodyDigest'] as const).every(
      (member) => other[member] === hold[member],
    );
  return others.flatMap((other) => {
    if (other.denied === null || !same(other)) return [];
    const { by, at, reason } = other.denied;
    return [`${plain(by.name)} turned the same request down ${ago(now - at)}: ${plain(reason)}`];
  });
}

/** How often, when last, and whether on more devices than ever. Pure. */
export function actionNotes({ person, label, devices, history, now }: NoteFacts): string[] {
  const name = plain(person);
  const what = `"${plain(label)}"`;
  const { times, lastAt, most, acts, more } = history;
  const sentences: string[] = [];
  if (acts === 0) sentences.push(`First act of any kind by ${name} in ${LOOK_BACK_DAYS} days.`);
  else if (times === 0) sentences.push(`First ${what} by ${name} in ${LOOK_BACK_DAYS} days.`);
  else {
    const often = times === 1 ? 'once' : `${more ? 'at least ' : ''}${times} times`;
    const last = lastAt === null ? '' : times === 1 ? `, ${ago(now - lastAt)}` : `, the last time ${ago(now - lastAt)}`;
    sentences.push(`${what} by ${name}: ${often} in the last ${LOOK_BACK_DAYS} days${last}.`);
  }
  if (devices !== null && times > 0 && devices > most)
    sentences.push(
      `More devices at once than ever in the last ${LOOK_BACK_DAYS} days: ${devices}, the most was ${most}.`,
    );
  return sentences;
}

/** Whether the person works at this time of day at all. Pure. */
export function personNotes({ person, history: { acts, hours }, now }: NoteFacts): string[] {
  if (acts < ENOUGH_FOR_HOURS || !unusualHour(hours, new Date(now).getUTCHours())) return [];
  return [`${plain(person)} has not acted around this time of day in the last ${LOOK_BACK_DAYS} days.`];
}

/** An hour to each side: the hours are UTC, and clocks are changed twice a year. */
const unusualHour = (hours: readonly number[], hour: number): boolean =>
  [hour + 23, hour, hour + 1].every((near) => (hours[near % 24] ?? 0) === 0);

function ago(ms: number): string {
  const steps = [
    [DAY, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
  ] as const;
  for (const [length, unit] of steps) {
    const count = Math.floor(ms / length);
    if (count >= 1) return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
  }
  return 'just now';
}

/** Names come from elsewhere: nothing in them may turn a sentence around. */
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').slice(0, 120);
