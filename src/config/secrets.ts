// Secrets never stand in a configuration file: it names an environment variable or a file. Reads nothing by itself.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

export const secret = z.union(
  [z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })],
  {
    error: 'a secret is {env: NAME} or {file: path}, never the value itself',
  },
);

export type SecretRef = z.infer<typeof secret>;

export type ReadSecret = { readonly value: string } | { readonly fault: string };

/**
 * @param from the folder that relative paths start at @param what what it is, in words: "the client secret"
 * @returns the value without white space around it, never empty; or what to do
 */
export function readSecret(
  ref: SecretRef,
  what: string,
  from: string,
  environment: { readonly [name: string]: string | undefined },
): ReadSecret {
  if ('env' in ref) {
    const value = (environment[ref.env] ?? '').trim();
    return value ? { value } : { fault: `the environment variable ${ref.env} is not set: set it to ${what}` };
  }
  try {
    const value = readFileSync(resolve(from, ref.file), 'utf8').trim();
    return value ? { value } : { fault: `the file ${ref.file} is empty: put ${what} into it` };
  } catch (error) {
    return { fault: `the file ${ref.file} cannot be read (${error instanceof Error ? error.message : error})` };
  }
}
