// Uploads are asked for the signature first: nobody wants to send a gigabyte to learn that a passkey is missing. Only the
// head of the request is told beforehand; what is sent afterwards is judged like everything else.

/** Whether a body carries a file. */
export function carriesFile(body: unknown): boolean {
  if (body instanceof Blob) return body.size > 0;
  if (!(body instanceof FormData)) return false;
  for (const [, value] of body) if (typeof value !== 'string') return true;
  return false;
}

/** Path and query of a request to this origin, as it will be sent. */
export function targetOf(url: string | URL): string {
  const parsed = URL.parse(String(url), document.baseURI);
  return parsed === null ? '/' : parsed.pathname + parsed.search;
}

/** The refusal that a request of this head would get, or null: it may be sent. Never rejects. */
export type Preflight = (method: string, target: string, contentType: string) => Promise<Response | null>;
