// A passkey authenticator in software (ES256), together with the browser that asks it, for tests: answers the portal's
// options like a real one, and in every wrong way that a test names.

import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

export type CreationOptions = {
  readonly challenge: string;
  readonly rp: { readonly id?: string };
  readonly user: { readonly id: string };
  readonly excludeCredentials?: readonly { readonly id: string }[];
};
export type RequestOptions = {
  readonly challenge: string;
  readonly rpId?: string;
  readonly allowCredentials?: readonly { readonly id: string }[];
};

/** What to do otherwise than an honest browser and authenticator. */
export type Mutation = {
  readonly challenge?: string;
  readonly origin?: string;
  readonly rpId?: string;
  readonly type?: string;
  readonly crossOrigin?: boolean;
  readonly topOrigin?: string;
  readonly userVerified?: boolean;
  readonly userPresent?: boolean;
  readonly counter?: number;
  readonly userHandle?: string;
  /** the answer names this passkey */
  readonly id?: string;
  readonly rawId?: string;
  readonly credentialType?: string;
  /** signs with a key that nobody enrolled */
  readonly foreignKey?: boolean;
  readonly brokenSignature?: boolean;
  /** cut or change the bytes of the authenticator data before signing */
  readonly authenticatorData?: (data: Buffer) => Buffer;
  /** the client data's very text */
  readonly clientDataText?: (text: string) => string;
  /** COSE algorithm number in the attested key */
  readonly algorithm?: number;
  /** encode with `+`, `/` and `=` */
  readonly base64?: boolean;
};

export type Credential = {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly userHandle: string;
  counter: number;
};

export type Authenticator = {
  readonly credentials: Credential[];
  /** `navigator.credentials.create`, as JSON */
  create(options: CreationOptions, mutation?: Mutation): Record<string, unknown> & { id: string };
  /** `navigator.credentials.get`, as JSON. @throws when it has no passkey that the options allow */
  get(options: RequestOptions, mutation?: Mutation): Record<string, unknown> & { id: string };
};

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest();

/** CBOR (RFC 8949) of what attestations hold: integers, text, bytes, maps. */
function cbor(value: number | string | Buffer | Map<number | string, unknown>): Buffer {
  const head = (major: number, n: number): Buffer => {
    if (n < 24) return Buffer.from([(major << 5) | n]);
    if (n < 256) return Buffer.from([(major << 5) | 24, n]);
    return Buffer.from([(major << 5) | 25, n >> 8, n & 255]);
  };
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  const parts = [head(5, value.size)];
  for (const [key, member] of value) parts.push(cbor(key), cbor(member as Parameters<typeof cbor>[0]));
  return Buffer.concat(parts);
}

/**
 * @param origin the origin of the page that calls it
 * @param options.counts true: a counter that goes up, as security keys have; false: always 0, as synced passkeys have
 */
export function createAuthenticator(
  origin: string,
  options: { counts?: boolean; backedUp?: boolean } = {},
): Authenticator {
  const credentials: Credential[] = [];
  const { counts = true, backedUp = false } = options;

  const clientData = (type: string, challenge: string, mutation: Mutation): Buffer => {
    const text = JSON.stringify({
      type: mutation.type ?? type,
      challenge: mutation.challenge ?? challenge,
      origin: mutation.origin ?? origin,
      crossOrigin: mutation.crossOrigin ?? false,
      ...(mutation.topOrigin === undefined ? {} : { topOrigin: mutation.topOrigin }),
    });
    return Buffer.from(mutation.clientDataText?.(text) ?? text);
  };
  const authenticatorData = (rpId: string, counter: number, mutation: Mutation, attested?: Buffer): Buffer => {
    const flags =
      (mutation.userPresent === false ? 0 : 0x01) |
      (mutation.userVerified === false ? 0 : 0x04) |
      (backedUp ? 0x18 : 0) |
      (attested ? 0x40 : 0);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(mutation.counter ?? counter);
    const data = Buffer.concat([
      sha256(mutation.rpId ?? rpId),
      Buffer.from([flags]),
      count,
      attested ?? Buffer.alloc(0),
    ]);
    return mutation.authenticatorData?.(data) ?? data;
  };
  const encoder = (mutation: Mutation) => (data: Buffer) => data.toString(mutation.base64 ? 'base64' : 'base64url');
  const hostOf = (rpId: string | undefined): string => rpId ?? new URL(origin).hostname;

  return {
    credentials,
    create(asked, mutation = {}) {
      if (asked.excludeCredentials?.some(({ id }) => credentials.some((own) => own.id === id)))
        throw new Error('InvalidStateError: this authenticator has a passkey here already');
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const jwk = publicKey.export({ format: 'jwk' });
      const id = mutation.id ?? randomBytes(32).toString('base64url');
      const credential: Credential = { id, privateKey, userHandle: asked.user.id, counter: 0 };
      credentials.push(credential);
      const cose = cbor(
        new Map<number, unknown>([
          [1, 2],
          [3, mutation.algorithm ?? -7],
          [-1, 1],
          [-2, Buffer.from(jwk.x ?? '', 'base64url')],
          [-3, Buffer.from(jwk.y ?? '', 'base64url')],
        ]),
      );
      const rawId = Buffer.from(id, 'base64url');
      const length = Buffer.from([rawId.length >> 8, rawId.length & 255]);
      const attested = Buffer.concat([Buffer.alloc(16), length, rawId, cose]);
      const data = authenticatorData(hostOf(asked.rp.id), credential.counter, mutation, attested);
      const encode = encoder(mutation);
      return {
        id,
        rawId: mutation.rawId ?? id,
        type: mutation.credentialType ?? 'public-key',
        clientExtensionResults: { credProps: { rk: true } },
        authenticatorAttachment: 'platform',
        response: {
          clientDataJSON: encode(clientData('webauthn.create', asked.challenge, mutation)),
          attestationObject: encode(
            cbor(
              new Map<string, unknown>([
                ['fmt', 'none'],
                ['attStmt', new Map()],
                ['authData', data],
              ]),
            ),
          ),
          transports: ['internal'],
        },
      };
    },
    get(asked, mutation = {}) {
      const allowed = asked.allowCredentials;
      const credential = credentials.find(({ id }) => !allowed?.length || allowed.some((entry) => entry.id === id));
      if (!credential) throw new Error('NotAllowedError: this authenticator has no such passkey');
      if (counts) credential.counter += 1;
      const data = authenticatorData(hostOf(asked.rpId), credential.counter, mutation);
      const client = clientData('webauthn.get', asked.challenge, mutation);
      const key = mutation.foreignKey
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
        : credential.privateKey;
      const signature = createSign('sha256').update(data).update(sha256(client)).sign(key);
      if (mutation.brokenSignature) signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
      const encode = encoder(mutation);
      return {
        id: mutation.id ?? credential.id,
        rawId: mutation.rawId ?? mutation.id ?? credential.id,
        type: mutation.credentialType ?? 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: encode(client),
          authenticatorData: encode(data),
          signature: encode(signature),
          userHandle: mutation.userHandle ?? credential.userHandle,
        },
      };
    },
  };
}
