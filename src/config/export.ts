// The settings of export: where the events of the journal go. Tokens are secrets: read from the environment or a file.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { DestinationSettings, ExportSettings } from '../audit/export/exports.ts';
import type { Finding } from './crossChecks.ts';
import { readSecret, secret } from './secrets.ts';
import { duration, size } from './units.ts';

const id = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'destination id: lower-case letters, digits, dash; a letter first');
const from = z
  .enum(['start', 'now'], { error: 'write start (all that is kept) or now (what comes from now on)' })
  .default('start');
const ca = z.string().min(1).optional();
const common = { id, from, ca };

const url = z.string().superRefine((text, context) => {
  const fault = urlFault(text);
  if (fault !== null) context.addIssue({ code: 'custom', message: fault });
});

/** A token in an address would stand in logs. */
function urlFault(text: string): string | null {
  const parsed = URL.parse(text);
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol))
    return 'write an address such as https://siem.example.com:8088/path';
  if (parsed.username !== '' || parsed.password !== '')
    return 'an address names no user: give it as a secret of its own';
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(parsed.hostname) || parsed.hostname.endsWith('.localhost');
  return parsed.protocol === 'https:' || here ? null : 'use https: events name people and devices';
}

const destination = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      ...common,
      kind: z.literal('syslog'),
      host: z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'write a host name or an address'),
      /** 6514 is syslog over TLS (RFC 5425); there is no plain syslog */
      port: z.int().min(1).max(65535).default(6514),
      /** bytes of one message; RFC 5425 asks receivers for 8192 */
      longest: z.int().min(2048).max(1_048_576).default(8192),
      /** files with our own certificate and key, for receivers that ask */
      cert: z.string().min(1).optional(),
      key: secret.optional(),
    }),
    z.strictObject({
      ...common,
      kind: z.literal('splunk'),
      url,
      token: secret,
      index: z
        .string()
        .regex(/^[a-z0-9_][a-z0-9_-]{0,79}$/, 'write the name of an index')
        .optional(),
    }),
    z.strictObject({
      ...common,
      kind: z.literal('elastic'),
      url,
      index: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,199}$/, 'write the name of a data stream or an index'),
      authorization: secret.optional(),
    }),
    z.strictObject({ ...common, kind: z.literal('http'), url, authorization: secret.optional() }),
    z.strictObject({ ...common, kind: z.literal('otlp'), url, authorization: secret.optional() }),
    z.strictObject({
      id,
      from,
      kind: z.literal('file'),
      folder: z.string().min(1),
      maxSize: size.prefault('64MiB'),
    }),
  ],
  { error: 'a destination is of the kind syslog, splunk, elastic, http, otlp or file' },
);

export const Export = z
  .strictObject({
    destinations: z.array(destination).default([]),
    /** when a destination counts as too far behind: so many entries, or the oldest that waits so old */
    alarm: z.strictObject({ entries: z.int().min(1).default(10_000), after: duration.prefault('15m') }).prefault({}),
  })
  .prefault({});

export type ExportFileSettings = z.infer<typeof Export>;
export type ExportConfig = ExportSettings;

export function exportFindings({ destinations }: ExportFileSettings): Finding[] {
  const findings: Finding[] = [];
  const ids = new Set<string>();
  destinations.forEach((one, index) => {
    const add = (member: string, what: string) =>
      findings.push({ path: ['export', 'destinations', index, member], what });
    if (ids.has(one.id)) add('id', `two destinations are called ${one.id}: choose another id`);
    ids.add(one.id);
    if (one.kind === 'syslog' && (one.cert === undefined) !== (one.key === undefined))
      add(one.cert === undefined ? 'key' : 'cert', 'a certificate of our own needs both cert and key');
  });
  return findings;
}

/**
 * Reads secrets and certificates. @param folder where relative paths start
 * @returns the destinations that are sound; faults go to `fault`
 */
export function resolveExport(
  { destinations, alarm }: ExportFileSettings,
  folder: string,
  environment: { readonly [name: string]: string | undefined },
  fault: (path: readonly (string | number)[], what: string) => void,
): ExportConfig {
  const read = destinations.map((one, index): DestinationSettings | null => {
    let sound = true;
    const wrong = (member: string, what: string): null => {
      sound = false;
      fault(['export', 'destinations', index, member], what);
      return null;
    };
    const secretOf = (member: string, ref: z.infer<typeof secret> | undefined, what: string): string | null => {
      if (ref === undefined) return null;
      const found = readSecret(ref, what, folder, environment);
      if ('fault' in found) return wrong(member, found.fault);
      return member !== 'key' && !/^[\x21-\x7e][\x20-\x7e]*$/.test(found.value)
        ? wrong(member, 'its value has characters that no header can carry')
        : found.value;
    };
    const pem = (member: string, file: string | undefined): string | null => {
      if (file === undefined) return null;
      try {
        const text = readFileSync(resolve(folder, file), 'utf8');
        new X509Certificate(text);
        return text;
      } catch {
        return wrong(member, 'the file cannot be read as a certificate (PEM): check the path and who may read it');
      }
    };
    const made = ((): DestinationSettings => {
      const { from: begin } = one;
      switch (one.kind) {
        case 'file':
          return { ...one, folder: resolve(folder, one.folder) };
        case 'syslog': {
          const cert = pem('cert', one.cert);
          const key = secretOf('key', one.key, 'the key of the certificate');
          const { id: name, kind, host, port, longest } = one;
          const client = cert === null || key === null ? null : { cert, key };
          return { id: name, kind, from: begin, host, port, longest, ca: pem('ca', one.ca), client };
        }
        case 'splunk': {
          const token = secretOf('token', one.token, "the collector's token") ?? '';
          return { ...one, token, index: one.index ?? null, ca: pem('ca', one.ca) };
        }
        case 'elastic':
        case 'http':
        case 'otlp': {
          const authorization = secretOf('authorization', one.authorization, 'what stands in the header Authorization');
          return { ...one, authorization, ca: pem('ca', one.ca) };
        }
      }
    })();
    return sound ? made : null;
  });
  return { destinations: read.filter((one) => one !== null), alarm };
}
