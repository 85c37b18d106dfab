// Which of the seen requests the pack does not know: each one is put to the real recogniser.
import type { Action } from '../../kernel/action.ts';
import { readTarget } from '../../proxy/canonical/target.ts';
import type { Recognisable, Recogniser } from '../../proxy/recognise/recognise.ts';
import { bodyOf } from '../../proxy/recognise/samples.ts';
import type { Progress } from '../progress.ts';
import type { SeenRequest } from './requests.ts';

export type Unknown = {
  readonly seen: SeenRequest;
  /** HEAD is GET */
  readonly method: string;
  readonly segments: readonly string[];
  readonly query: readonly (readonly [string, string])[];
  /** unknown.write: it was refused, or would be */
  readonly write: boolean;
  /** the entry whose messages or operations it belongs to; null: it is a request */
  readonly of: string | null;
};

export type Sorted = {
  readonly unknown: readonly Unknown[];
  readonly known: number;
  /** reason -> how many were refused before anybody asked what they are */
  readonly refused: ReadonlyMap<string, number>;
};

/** @param pack the id of the pack that `recogniser` knows them by */
export async function sortOut(
  requests: readonly SeenRequest[],
  pack: string,
  recogniser: Recogniser,
  progress: Progress,
): Promise<Sorted> {
  const unknown: Unknown[] = [];
  const refused = new Map<string, number>();
  let known = 0;
  for (const [index, seen] of requests.entries()) {
    progress.at(index);
    const target = readTarget(seen.target, recogniser.allowances(pack));
    const found = await whatIs(seen, pack, recogniser);
    if (typeof found === 'string' || !target.go) {
      const reason = typeof found === 'string' ? found : 'request.ambiguous';
      refused.set(reason, (refused.get(reason) ?? 0) + 1);
    } else if (found.action.entry !== null || !found.action.name.startsWith('unknown.')) known += 1;
    else {
      const { segments, query } = target.value;
      const method = seen.method === 'HEAD' ? 'GET' : seen.method;
      unknown.push({ seen, method, segments, query, write: found.action.name === 'unknown.write', of: found.of });
    }
  }
  return { unknown, known, refused };
}

/** The action, or the reason of the refusal. */
export async function whatIs(
  { method, target: url, door, contentType, body }: SeenRequest,
  pack: string,
  recogniser: Recogniser,
): Promise<{ action: Action; of: string | null } | string> {
  const target = readTarget(url, recogniser.allowances(pack));
  if (!target.go) return target.reason;
  const message = method === 'MESSAGE';
  // A body that was not recorded is asked about as one that nobody can take for another.
  const bytes = message ? Buffer.alloc(0) : (body ?? Buffer.from('?'));
  const request: Recognisable = {
    ...target.value,
    ...{ id: 'seen', at: 0, door, peer: '', method: message ? 'GET' : method, navigation: false },
    console: {
      id: 'seen',
      name: 'seen',
      origin: 'http://seen',
      upstream: 'http://seen',
      pack,
      shim: false,
      mode: 'enforce',
      zone: 'UTC',
    },
    headers: contentType === '' || message ? [] : [['content-type', contentType]],
    bodyLength: bytes.length,
  };
  const found = await recogniser.recognise(request, bodyOf(bytes));
  if (!found.go) {
    // What was recorded as unknown, and cannot be asked about again.
    if (body === null && found.reason === 'body.unreadable') return { action: UNKNOWN, of: null };
    return found.reason;
  }
  const { action } = found.value;
  if (!message) return { action, of: null };
  if (recogniser.messageRules(action) === null) return { action, of: null };
  const told = recogniser.recogniseMessage(action, body?.toString('utf8') ?? null);
  return told.go ? { action: told.value, of: action.entry } : told.reason;
}

const UNKNOWN: Action = {
  name: 'unknown.write',
  risk: 'high',
  pack: '',
  entry: null,
  targets: [],
  title: '',
  effect: '',
  redact: [],
  upgrade: false,
};
