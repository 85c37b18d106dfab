// How far the export is, for operators.
import { Router } from 'express';
import { serve } from '../api/serve.ts';
import type { ExportReport } from '../contract/export.ts';
import { readExport } from '../endpoints/export.ts';

export type ExportRouteDeps = {
  /** @throws StateUnavailable */
  readonly exportReport: () => Promise<DeepReadonly<ExportReport>>;
};
type DeepReadonly<T> = { readonly [K in keyof T]: T[K] extends (infer I)[] ? readonly I[] : T[K] };

export function exportRoutes({ exportReport }: ExportRouteDeps): Router {
  const router = Router();
  serve(router, readExport, () => exportReport());
  return router;
}
