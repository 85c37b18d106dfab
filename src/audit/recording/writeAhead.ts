// The records of a chunk that is not finished: its lines as they come, each batch sealed with the part's key (ChaCha20-Poly1305,
// RFC 8439). Written before a request is forwarded. Whoever has neither the part's key in memory nor an identity cannot read it.
//
// record = length of what follows (4 bytes, big endian), ciphertext, tag (16 bytes)
// nonce  = number of the chunk (4 bytes), number of the record in it from 0 (8 bytes); one key seals one part, and a part that
//          could not be written is never gone on with: no nonce comes twice
// AAD    = `sallyport recording <session>/<part>`
import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';

const TAG = 16;
const HEAD = 4;
/** No record is longer: what says so is damaged. */
const MOST = 64 * 1024 * 1024;

const nonceOf = (chunk: number, record: number): Buffer => {
  const nonce = Buffer.allocUnsafe(12);
  nonce.writeUInt32BE(chunk, 0);
  nonce.writeBigUInt64BE(BigInt(record), 4);
  return nonce;
};
const aadOf = (part: string): Buffer => Buffer.from(`sallyport recording ${part}`);
const OPTIONS = { authTagLength: TAG } as const;

export type RecordSealer = {
  /** @param text whole lines, each with its line feed */
  seal(chunk: number, record: number, text: string): Buffer;
};

/** For one part. Kept for all of its records: taking a key in costs three times as much as sealing a short line. */
export function createRecordSealer(key: Uint8Array, part: string): RecordSealer {
  const secret = createSecretKey(key);
  const aad = aadOf(part);
  return {
    seal(chunk, record, text) {
      const cipher = createCipheriv('chacha20-poly1305', secret, nonceOf(chunk, record), OPTIONS);
      const plain = Buffer.from(text);
      cipher.setAAD(aad, { plaintextLength: plain.length });
      const sealed = cipher.update(plain);
      cipher.final();
      const bytes = Buffer.allocUnsafe(HEAD + sealed.length + TAG);
      bytes.writeUInt32BE(sealed.length + TAG, 0);
      sealed.copy(bytes, HEAD);
      cipher.getAuthTag().copy(bytes, HEAD + sealed.length);
      return bytes;
    },
  };
}

export type Opened = {
  /** the lines of every record that is whole */
  readonly text: Buffer;
  /** how many bytes these records have */
  readonly whole: number;
  readonly records: number;
  /** bytes at the end that are no whole record: being written, or torn by a crash */
  readonly torn: number;
  /** a record is there and not what was written */
  readonly damaged: boolean;
};

/** @param from number of the first record that `bytes` begins with */
export function openRecords(key: Uint8Array, part: string, chunk: number, bytes: Buffer, from = 0): Opened {
  const texts: Buffer[] = [];
  const aad = aadOf(part);
  const secret = createSecretKey(key);
  let at = 0;
  let damaged = false;
  while (at + HEAD <= bytes.length) {
    const length = bytes.readUInt32BE(at);
    if (length < TAG || length > MOST) {
      damaged = true;
      break;
    }
    const end = at + HEAD + length;
    if (end > bytes.length) break;
    const decipher = createDecipheriv('chacha20-poly1305', secret, nonceOf(chunk, from + texts.length), OPTIONS);
    decipher.setAAD(aad, { plaintextLength: length - TAG });
    decipher.setAuthTag(bytes.subarray(end - TAG, end));
    const text = decipher.update(bytes.subarray(at + HEAD, end - TAG));
    try {
      decipher.final();
    } catch {
      damaged = true;
      break;
    }
    texts.push(text);
    at = end;
  }
  return { text: Buffer.concat(texts), whole: at, records: texts.length, torn: bytes.length - at, damaged };
}
