// A request of the page that was refused and can perhaps still succeed: the same for fetch, XMLHttpRequest and the
// refusal page's own request. Whoever takes an attempt ends it with `again` that succeeds, or with `giveUp`.
import type { Refused } from '../refused.ts';

export type Attempt = {
  /** the latest refusal */
  refused(): Refused;
  /** the same bytes can be sent once more (a stream, read once, cannot) */
  readonly repeatable: boolean;
  /** true: it was a message of a socket; once nothing stands in its way, the person does it again in the console */
  readonly byMessage?: true;
  /** the page still waits for the answer: it neither aborted nor took the request back */
  waiting(): boolean;
  /** Called when the page stops waiting. */
  onGone(heard: () => void): void;
  /**
   * Sends the same request once more, with a signed hold or none. Resolves with the new refusal, or with null when the
   * page got its answer (or its network error). Never rejects.
   */
  again(hold: string | null): Promise<Refused | null>;
  /** Hands the page the refusal as it came. */
  giveUp(): void;
};

export const REFUSED_HEADER = 'X-Sallyport-Refused';
export const HOLD_HEADER = 'X-Sallyport-Hold';

/** Only requests to this origin are looked at; our own prefix is not, lest the overlay asks for itself. */
export function isOurs(url: string | URL): boolean {
  const parsed = URL.parse(String(url), document.baseURI);
  return parsed !== null && parsed.origin === location.origin && !parsed.pathname.startsWith('/.sallyport/');
}
