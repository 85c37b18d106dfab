// The action that an entry makes of a request, and the one that a request is when no entry knows it.

import { redactTarget } from '../../audit/recording/redact.ts';
import { type Action, isRead } from '../../kernel/action.ts';
import type { HeaderList } from '../../kernel/exchange.ts';
import type { BodyView } from './bodyReaders/unreadable.ts';
import { queryValues } from './fits.ts';
import type { Packs } from './loadPacks.ts';
import type { Entry, Pack } from './pack.ts';
import type { Found } from './segmentTrie.ts';
import { signedDigest } from './signedDigest.ts';
import { readTargets } from './targets.ts';
import { type Called, fillTitle } from './title.ts';

const SHOWN_PATH = 80;

/** @throws Unreadable */
export function actionOf(pack: Pack, found: Found<Entry>, query: HeaderList, view: BodyView): Action {
  const { owner, captures, names } = found;
  const targets = readTargets(pack, found, query, view);
  const titled = (called?: Called) =>
    fillTitle(
      owner.title,
      targets,
      pack.wordsOf,
      (show, place) => {
        if (show === 'query') return queryValues(owner, query, place)[0] ?? null;
        if (show === 'path') return captures.find((_text, index) => names[index] === place) ?? null;
        const [member] = view.at(place, owner.caseless.keys);
        if (typeof member === 'string') return member;
        return typeof member === 'object' && member !== null && 'number' in member ? member.number : null;
      },
      called,
    );
  const { id: entry, action: name, risk, effect, redact, volatile, upgrade } = owner;
  const plain: Action = { name, risk, pack: pack.id, entry, targets, title: titled(), effect, redact, upgrade };
  const digest = signedDigest(view, volatile, owner.caseless.keys);
  const action = digest === null ? plain : { ...plain, volatile, signedDigest: digest };
  // Reads are many and hardly ever refused with a way on.
  if (!isRead(action)) titles.set(action, titled);
  return action;
}

/** How an action's title is filled in again, with names. Not in the action itself: that is data, and is compared and stored. */
const titles = new WeakMap<Action, (called: Called) => string>();

/** The title of an action that was just recognised, with what the console calls its targets. */
export const titleWith = (action: Action, called: Called): string => titles.get(action)?.(called) ?? action.title;

/** For an action made of another's parts. */
export function retitle(action: Action, titled: (called: Called) => string): Action {
  titles.set(action, titled);
  return action;
}

/** @param what how the request is shown: method and path */
export function unknownAction(pack: Pack, what: string, write: boolean, upgrade: boolean, packs: Packs): Action {
  const name = write ? 'unknown.write' : 'unknown.read';
  const words = packs.vocabulary.actions[name];
  // It stands in titles, so in the journal and on pages.
  const open = redactTarget(what);
  const shown = open.length > SHOWN_PATH ? `${open.slice(0, SHOWN_PATH)}...` : open;
  return {
    name,
    risk: words?.risk ?? 'high',
    pack: pack.id,
    entry: null,
    targets: [],
    title: `${words?.title ?? 'Unknown request'}: ${shown}`,
    effect: words?.effect ?? '',
    redact: [],
    upgrade,
  };
}
