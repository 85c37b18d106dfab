import { markedParts } from '../../lib/marks.ts';

/** A text with what was searched for marked. */
export const Marked = ({ text, words }: { text: string; words: readonly string[] }) => (
  <>
    {markedParts(text, words).map((part, n) =>
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never move
      part.marked ? <mark key={n}>{part.text}</mark> : <span key={n}>{part.text}</span>,
    )}
  </>
);
