// A store of the ledger from its settings.
import type { Clock } from '../../kernel/clock.ts';
import type { Blobs } from './blobs.ts';
import { createDiskBlobs } from './diskBlobs.ts';
import { createS3Blobs, type S3Settings } from './s3Blobs.ts';

export type StoreSettings =
  | { readonly kind: 'folder'; readonly folder: string }
  | ({ readonly kind: 's3' } & S3Settings);

/** Touches nothing yet. `probe` throws when the store cannot keep the contract. */
export function openStore(
  settings: StoreSettings,
  clock: Clock,
): { readonly blobs: Blobs; readonly probe: () => Promise<void> } {
  if (settings.kind === 'folder') return { blobs: createDiskBlobs(settings.folder), probe: async () => undefined };
  const blobs = createS3Blobs(settings, { clock });
  return { blobs, probe: blobs.probe };
}
