// The corpus's form (its `meta` explains it): cases of many kinds, long parts written short, and the bytes they stand for.
import { readFileSync } from 'node:fs';

type Part = string | { readonly repeat: string; readonly times: number } | Series | { readonly parts: readonly Part[] };
type Series = { readonly series: string; readonly from: number; readonly to: number };
type HeaderValue = string | { readonly parts: readonly Part[] };

export type Case = {
  readonly id: string;
  readonly class: string;
  readonly kind: string;
  readonly ctx?: string;
  readonly why?: string;
  readonly expected: string;
  readonly expectedSecond?: string;
  readonly altOk?: readonly string[];
  readonly method?: string;
  readonly target?: string;
  readonly targetParts?: readonly Part[];
  readonly headers?: readonly (readonly [string, HeaderValue])[];
  readonly body?: string;
  readonly bodyParts?: readonly Part[];
  readonly bodyEncoding?: string;
  readonly raw?: string;
  readonly rawParts?: readonly Part[];
  readonly returnTo?: string;
  readonly returnToParts?: readonly Part[];
  readonly messages?: readonly Message[];
  readonly story?: string;
  readonly times?: { readonly concurrent: number; readonly allow: number };
  readonly field?: string;
  readonly value?: string;
  readonly ceremony?: string;
  readonly mutation?: string;
  readonly idToken?: { readonly header: Facts; readonly claims: Facts; readonly signedWith: string | null };
  readonly userinfo?: Facts;
  readonly callback?: Facts;
  readonly discovery?: Facts;
  readonly flow?: Facts;
  readonly logoutToken?: Facts;
};
export type Facts = { readonly [name: string]: unknown };
export type Message = {
  readonly text?: string;
  readonly binary?: string;
  readonly fragments?: readonly (string | { readonly ping: string })[];
  readonly rawHex?: string;
  readonly repeat?: number;
  readonly ping?: string;
  readonly after?: string;
};

/** @throws when the file is not of the corpus's form */
export function readCases(file: string): readonly Case[] {
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases?: readonly Case[] };
  if (!Array.isArray(cases)) throw new Error(`${file}: no list of cases`);
  return cases;
}

/** Reasons by id. */
export const readSkips = (file: string): Readonly<Record<string, string>> => JSON.parse(readFileSync(file, 'utf8'));

const joined = (parts: readonly Part[]): string =>
  parts
    .map((part) => {
      if (typeof part === 'string') return part;
      if ('repeat' in part) return part.repeat.repeat(part.times);
      if ('parts' in part) return joined(part.parts);
      let text = '';
      for (let n = part.from; n <= part.to; n += 1) text += part.series.replaceAll('%d', String(n));
      return text;
    })
    .join('');
/** A member that may be written in parts. */
export const textOf = (plain: string | undefined, parts: readonly Part[] | undefined): string =>
  plain ?? (parts === undefined ? '' : joined(parts));
const headerText = (value: HeaderValue): string => (typeof value === 'string' ? value : joined(value.parts));

export type Built = { readonly headers: readonly (readonly [string, string])[]; readonly bytes: Buffer; body: Buffer };

/** What a case of the kinds http and ws sends. @param cookieOf the Cookie header of a context; undefined: none */
export function buildRequest(one: Case, cookieOf: (ctx: string) => string | undefined, host: string): Built {
  const headers = (one.headers ?? []).map(([name, value]) => [name, headerText(value)] as const);
  const has = (name: string) => headers.some(([candidate]) => candidate.toLowerCase() === name);
  const text = textOf(one.body, one.bodyParts);
  const body = Buffer.from(text, one.bodyEncoding === 'base64' ? 'base64' : 'utf8');
  const built: [string, string][] = headers.map(([name, value]) => [name, value]);
  const cookie = cookieOf(one.ctx ?? 'anon');
  if (!has('cookie') && cookie !== undefined) built.unshift(['Cookie', cookie]);
  if (!has('host')) built.unshift(['Host', host]);
  if (one.method === 'POST' && one.class !== 'csrf' && !has('origin')) built.push(['Origin', `https://${host}`]);
  if (body.length > 0 && !has('content-length') && !has('transfer-encoding'))
    built.push(['Content-Length', String(body.length)]);
  return { headers: built, body, bytes: wire(one.method ?? 'GET', textOf(one.target, one.targetParts), built, body) };
}

/** Texts with characters above latin1 go as UTF-8, everything else one byte a character. */
const latin = (text: string): Buffer => {
  const wide = [...text].some((character) => (character.codePointAt(0) ?? 0) > 255);
  return Buffer.from(text, wide ? 'utf8' : 'latin1');
};

export function wire(method: string, target: string, headers: readonly (readonly [string, string])[], body: Buffer) {
  const lines = headers.map(([name, value]) => latin(`${name}: ${value}\r\n`));
  return Buffer.concat([latin(`${method} ${target} HTTP/1.1\r\n`), ...lines, Buffer.from('\r\n'), body]);
}
