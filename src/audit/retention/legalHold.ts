// A legal hold keeps recordings whatever the rules of retention say. Not the hold of one request: that waits for signatures.

export type LegalHoldMatch =
  | { readonly kind: 'all' }
  | { readonly kind: 'session' | 'person' | 'console'; readonly id: string };

export type LegalHold = {
  readonly id: string;
  readonly match: LegalHoldMatch;
  readonly reason: string;
  readonly by: { readonly id: string; readonly name: string };
  /** ms */
  readonly since: number;
  /** the first of the two people who must agree to its end; null: nobody has */
  readonly release: {
    readonly by: { readonly id: string; readonly name: string };
    readonly reason: string;
    readonly at: number;
  } | null;
};

/** What is known of a recording; null: not known, so every hold of that kind keeps it. */
export type Holdable = {
  readonly session: string;
  readonly person: string | null;
  readonly consoles: readonly string[] | null;
};

export function keeps({ match }: Pick<LegalHold, 'match'>, { session, person, consoles }: Holdable): boolean {
  switch (match.kind) {
    case 'all':
      return true;
    case 'session':
      return match.id === session;
    case 'person':
      return person === null || match.id === person;
    case 'console':
      return consoles === null || consoles.includes(match.id);
  }
}

export const matchWords = (match: LegalHoldMatch): string =>
  match.kind === 'all' ? 'all recordings' : `recordings of ${match.kind} ${match.id}`;
