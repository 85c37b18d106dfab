// What the main thread and the worker that finishes chunks tell each other.
import type { ChunkEnd, ChunkFacts } from './chunkText.ts';
import type { FinishJob } from './finishChunk.ts';

export type ChunkWorkerData = {
  readonly dir: string;
  readonly recipients: readonly string[];
  /** null: this process writes recordings and cannot read them */
  readonly identities: readonly string[] | null;
};

/** A key for one part, and the same encrypted to the recipients: what stands in its folder. */
export type PartKey = { readonly key: Uint8Array; readonly file: Uint8Array };

export type ToChunkWorker =
  | { readonly kind: 'keys'; readonly count: number }
  | { readonly kind: 'finish'; readonly id: number; readonly job: FinishJob }
  /** the journal has it; an id is answered, a recovery's fault names why it has not */
  | {
      readonly kind: 'told';
      readonly part: string;
      readonly chunk: number;
      readonly end: ChunkEnd;
      readonly id: number;
    }
  | { readonly kind: 'recovered'; readonly id: number; readonly ok: boolean }
  /** all: also parts whose run left no sign of itself */
  | { readonly kind: 'recover'; readonly all: boolean };

export type FromChunkWorker =
  | { readonly kind: 'keys'; readonly keys: readonly PartKey[] }
  | {
      readonly kind: 'finished';
      readonly id: number;
      /** null: there is no such chunk any more */
      readonly facts: ChunkFacts | null;
      readonly fault: string | null;
    }
  /** to be tried again */
  | { readonly kind: 'failed'; readonly id: number; readonly fault: string }
  | { readonly kind: 'forgotten'; readonly id: number }
  /** a chunk of a dead run, to be told to the journal; answered with `recovered` */
  | { readonly kind: 'tell'; readonly id: number; readonly facts: ChunkFacts }
  | { readonly kind: 'recoveredAll'; readonly parts: number }
  | { readonly kind: 'fault'; readonly fault: string };
