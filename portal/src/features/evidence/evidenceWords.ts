// What an archive of evidence is about, in words, and what its file is called. Pure.
import type { z } from 'zod';
import type { ExportEvidence } from '../../../../src/portal/contract/evidence.ts';
import { dayText } from '../../lib/period.ts';

export type About = z.infer<typeof ExportEvidence>['about'];

const HOLDS: Record<About['kind'], string> = {
  session: 'this session, their proofs, all signatures and the recording',
  grant: 'this access, their proofs, all signatures, and what was recorded around its use',
  hold: 'this signed request, their proofs, all signatures, and what was recorded around it',
  incident: 'what this person did then, their proofs, all signatures and the recordings',
};

/** "One file with the ledger entries about ..." */
export const inTheArchive = (kind: About['kind']): string =>
  `One file with the ledger entries about ${HOLDS[kind]}. It can be checked without the gateway.`;

export const archiveName = (about: About): string =>
  `evidence-${about.kind}-${about.kind === 'incident' ? dayText(about.from) : about.id}.tar`;
