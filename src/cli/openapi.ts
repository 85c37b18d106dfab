// `sallyport openapi`: prints the description of the portal's API, the same that a running portal gives at /api/openapi.json.
import { ENDPOINTS } from '../portal/api/endpoints.ts';
import { openApiOf } from '../portal/api/openapi.ts';
import { print } from './report.ts';

export function openapi(version: string): number {
  print(JSON.stringify(openApiOf(ENDPOINTS, version), null, 2));
  return 0;
}
