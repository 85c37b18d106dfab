// Journal events that speak of an exchange, as sentences. Pure. An unknown kind is shown by its name, never hidden.
import type { ExchangeDetail } from '../../../src/portal/contract/sessions.ts';
import { plural } from './plural.ts';
import { minutesInWords } from './time.ts';
import { personOf } from './words.ts';

export type JournalEvent = ExchangeDetail['events'][number];

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);

const terms = (facts: JournalEvent['facts']): string => {
  const minutes = number(facts.minutes);
  const uses = number(facts.uses);
  const parts = [minutes === null ? null : minutesInWords(minutes), uses === null ? null : plural(uses, 'use')];
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? '' : ` for ${known.join(', ')}`;
};

/** "grace approved the access for 30 minutes, 1 use" */
export const eventSentence = (event: JournalEvent, names: ReadonlyMap<string, string>): string => {
  const who = event.actor === null ? 'Sallyport' : personOf(event.actor, names);
  const { facts } = event;
  switch (event.kind) {
    case 'grant.asked':
      return `${who} asked for access`;
    case 'grant.approved':
      return `${who} approved the access${terms(facts)}`;
    case 'grant.denied':
      return `${who} denied the access`;
    case 'grant.withdrawn':
      return `${who} withdrew the request for access`;
    case 'grant.ended':
      return 'The access ended';
    case 'stepup.succeeded':
      return `${who} confirmed with a passkey`;
    case 'hold.created':
      return 'The request was held until it is signed';
    case 'hold.signed':
      return `${who} signed exactly this request with a passkey`;
    case 'hold.cancelled':
      return `${who} cancelled the request`;
    case 'act.intent':
      return 'Written to the journal before anything was sent';
    case 'act.outcome': {
      const status = number(facts.status);
      return status === null ? 'The outcome was written to the journal' : `The console answered ${status}`;
    }
    case 'request.refused': {
      const reason = text(facts.reason);
      return reason === null ? 'Refused' : `Refused: ${reason}`;
    }
    case 'recording.viewed':
      return `${who} looked at the recording`;
    default:
      return event.kind;
  }
};

/** A recorded body, indented when it is JSON. */
export const readableBody = (body: string): string => {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
};
