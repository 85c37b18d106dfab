// What recordings say of each exchange, for people to read: what was sent, what the console answered. Takes the decrypted text
// of chunks; lines that it does not know or cannot read are passed over, because nothing is judged by them.

export type RecordedExchange = {
  /** the body as it was recorded: without secrets, clipped */
  request: string | null;
  answer: string | null;
  status: number | null;
};

const SHOWN = 20_000;

/** Adds to `into` what the lines of one chunk tell, by exchange id. */
export function recordedExchanges(text: Buffer, into: Map<string, RecordedExchange>): void {
  for (const line of text.toString('utf8').split('\n')) {
    // Only beginnings and ends: most of a recording is the look of pages.
    if (!line.includes('"type":"open"') && !line.includes('"type":"close"')) continue;
    let value: { [name: string]: unknown };
    try {
      value = JSON.parse(line);
    } catch {
      continue;
    }
    const { id, type, status } = value;
    if (typeof id !== 'string') continue;
    const known = into.get(id) ?? { request: null, answer: null, status: null };
    into.set(id, known);
    if (type === 'open') known.request = bodyText(value.requestBody);
    if (type === 'close') {
      known.status = typeof status === 'number' ? status : null;
      known.answer = bodyText(value.responseBody);
    }
  }
}

const bodyText = (body: unknown): string | null => {
  const text = (body as { text?: unknown } | null | undefined)?.text;
  return typeof text === 'string' ? text.slice(0, SHOWN) : null;
};
