// A FormData as the bytes a browser would send (HTML standard, "multipart/form-data encoding algorithm"), with a
// boundary that stays the same, so that a repeated request has the same digest. Files are not read, only referred to.

const escapeName = (name: string): string => name.replace(/\r\n|\r|\n/g, '%0D%0A').replace(/"/g, '%22');

const breaks = (value: string): string => value.replace(/\r\n|\r|\n/g, '\r\n');

/** The blob's type carries the boundary; it has only lower-case letters, because a Blob's type is put in lower case. */
export function encodeMultipart(form: FormData): Blob {
  const boundary = `----sallyport${[...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  const parts: BlobPart[] = [];
  for (const [name, value] of form) {
    // A name's line breaks become CRLF first, then percent-encoded; a file name's are only percent-encoded.
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(breaks(name))}"`;
    if (typeof value === 'string') parts.push(`${head}\r\n\r\n${breaks(value)}\r\n`);
    else {
      const file = value.name.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22');
      parts.push(
        `${head}; filename="${file}"\r\nContent-Type: ${value.type || 'application/octet-stream'}\r\n\r\n`,
        value,
        '\r\n',
      );
    }
  }
  parts.push(`--${boundary}--\r\n`);
  return new Blob(parts, { type: `multipart/form-data; boundary=${boundary}` });
}
