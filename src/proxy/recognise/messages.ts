// One text message of a console that acts over a socket: which action it is. The relay asks for each before it is sent on.

import type { Action } from '../../kernel/action.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';
import { unknownAction } from './actionOf.ts';
import { judgePart } from './batch.ts';
import { readJson } from './bodyReaders/json.ts';
import { viewTree } from './bodyReaders/viewBody.ts';
import { namedBy } from './fits.ts';
import type { Packs } from './loadPacks.ts';
import type { Entry, Pack } from './pack.ts';

export type MessageRules = { readonly binary: 'refuse' | 'pass' };

const LONGEST = 1024 ** 2;

function upgradeOf(packs: Packs, upgrade: Action): { pack: Pack; entry: Entry } | null {
  const pack = packs.all.get(upgrade.pack);
  const entry = pack?.byId.get(upgrade.entry ?? '');
  return pack === undefined || pack.broken || entry === undefined ? null : { pack, entry };
}

/** Null: the messages of this upgrade are not looked at. */
export function rulesOf(packs: Packs, upgrade: Action): MessageRules | null {
  const { messages } = upgradeOf(packs, upgrade)?.entry ?? {};
  return messages == null ? null : { binary: messages.binary };
}

/** @param text null: a binary message @throws Unreadable */
export function recogniseMessage(packs: Packs, upgrade: Action, text: string | null): Verdict<Action> {
  const known = upgradeOf(packs, upgrade);
  if (known === null) return refuse('action.broken', 'messages of a connection that no entry describes');
  const { pack, entry } = known;
  const { messages } = entry;
  // Nothing tells of messages: the upgrade itself was the act.
  if (messages == null) return go(upgrade);
  if (text === null)
    return go(unknownAction(pack, `a binary message of ${entry.id}`, messages.binary === 'refuse', false, packs));
  if (text.length > LONGEST) return refuse('body.too_large', `a message of ${text.length} characters`);
  if (messages.plain.includes(text)) return go(unknownAction(pack, 'a message', false, false, packs));
  const message = readJson(Buffer.from(text));
  const action = judgePart(pack, entry.id, message, 'a message', packs);
  if ('go' in action) return action;
  if (action.entry !== null || messages.unknown === 'refuse') return go(action);
  // What an entry is told by and that does not fit it otherwise is no harmless message.
  const view = viewTree('json', message);
  const named = (pack.parts.get(entry.id) ?? []).some(({ owner }) => namedBy(owner, view));
  return go(named ? action : unknownAction(pack, 'a message', false, false, packs));
}
