// The description of the API, for everybody who is signed in: made once, from the table that the gate checks by.
import { Router } from 'express';
import { ENDPOINTS } from '../api/endpoints.ts';
import { openApiOf } from '../api/openapi.ts';
import { serve } from '../api/serve.ts';
import { readApi } from '../endpoints/operate.ts';

export function apiRoutes({ version }: { readonly version: string }): Router {
  const router = Router();
  let made: ReturnType<typeof openApiOf> | undefined;
  serve(router, readApi, () => {
    made ??= openApiOf(ENDPOINTS, version);
    return made;
  });
  return router;
}
