// What evidence can be about.
export type About =
  | { readonly kind: 'session' | 'grant' | 'hold'; readonly id: string }
  | { readonly kind: 'incident'; readonly person: string /** ms */; readonly from: number; readonly to: number };

const inUtc = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

export const aboutWords = (about: About): string =>
  about.kind === 'incident'
    ? `What ${about.person} did from ${inUtc(about.from)} to ${inUtc(about.to)}`
    : `${{ session: 'Session', grant: 'Access', hold: 'Signed request' }[about.kind]} ${about.id}`;

/** A file name without anything that a shell or a file system would act upon. */
export const fileNameOf = (about: About): string => {
  const of = about.kind === 'incident' ? new Date(about.from).toISOString().slice(0, 10) : about.id;
  return `evidence-${about.kind}-${of.replace(/[^A-Za-z0-9_-]/g, '')}.tar`;
};
