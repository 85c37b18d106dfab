// The answers of WebAuthn ceremonies as they come in, read strictly: unpadded base64url, JSON that cannot be read in two
// ways. Nothing here says that an answer is true.

export type AssertionShape = {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly clientExtensionResults: Record<string, never>;
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle?: string;
  };
};

export type RegistrationShape = {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly clientExtensionResults: Record<string, never>;
  readonly response: {
    readonly clientDataJSON: string;
    readonly attestationObject: string;
    readonly transports: string[];
  };
};

const BASE64URL = /^[A-Za-z0-9_-]+$/;
/** WebAuthn Level 3 section 4: a credential id has at most 1023 bytes. */
const MAX_ID = 1364;
const MAX_PART = 16_384;
const TRANSPORT = /^[a-z-]{1,20}$/;

const record = (value: unknown): Record<string, unknown> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
const encoded = (value: unknown, most = MAX_PART): value is string =>
  typeof value === 'string' && value.length <= most && BASE64URL.test(value) && value.length % 4 !== 1;

/** id, rawId and type, and the inner response; null when they are not as they must be. */
function envelope(value: unknown): { id: string; inner: Record<string, unknown> } | null {
  const outer = record(value);
  const inner = record(outer?.response);
  if (!outer || !inner || outer.type !== 'public-key') return null;
  const { id, rawId } = outer;
  return encoded(id, MAX_ID) && id === rawId ? { id, inner } : null;
}

export function asAssertion(value: unknown): AssertionShape | null {
  const read = envelope(value);
  if (!read) return null;
  const { id, inner } = read;
  const { clientDataJSON, authenticatorData, signature, userHandle } = inner;
  if (!encoded(clientDataJSON) || !encoded(authenticatorData) || !encoded(signature)) return null;
  if (userHandle !== undefined && userHandle !== null && userHandle !== '' && !encoded(userHandle, 100)) return null;
  return {
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON,
      authenticatorData,
      signature,
      ...(typeof userHandle === 'string' && userHandle !== '' ? { userHandle } : {}),
    },
  };
}

export function asRegistration(value: unknown): RegistrationShape | null {
  const read = envelope(value);
  if (!read) return null;
  const { id, inner } = read;
  const { clientDataJSON, attestationObject, transports } = inner;
  if (!encoded(clientDataJSON) || !encoded(attestationObject)) return null;
  // Only a hint for the browser, told by the browser: what does not look like one is left out.
  const hints = Array.isArray(transports) ? transports.filter((hint) => TRANSPORT.test(String(hint))).map(String) : [];
  return {
    id,
    rawId: id,
    type: 'public-key',
    clientExtensionResults: {},
    response: { clientDataJSON, attestationObject, transports: hints.slice(0, 8) },
  };
}

export type ClientData = {
  readonly type: string;
  readonly challenge: string;
  readonly origin: string;
  readonly crossOrigin: unknown;
  readonly topOrigin: unknown;
};

/** The client data's members that count; null when they are missing, doubled, or not UTF-8 JSON. */
export function clientDataOf(base64url: string): ClientData | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(base64url, 'base64url'));
    const data = record(JSON.parse(text));
    if (!data) return null;
    // JSON.parse takes the last of two equal names, other readers the first. Browsers write each name once.
    for (const name of ['type', 'challenge', 'origin', 'crossOrigin', 'topOrigin'])
      if (text.split(`"${name}"`).length > 2) return null;
    const { type, challenge, origin, crossOrigin, topOrigin } = data;
    if (typeof type !== 'string' || typeof challenge !== 'string' || typeof origin !== 'string') return null;
    return encoded(challenge) ? { type, challenge, origin, crossOrigin, topOrigin } : null;
  } catch {
    return null;
  }
}
