// The only reader of process.env and of configuration files. Reports all faults at once, each with path, line and what to do;
// nothing starts on a faulty configuration.
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isMap, LineCounter, type Node, parseDocument } from 'yaml';
import { crossChecks } from './crossChecks.ts';
import { resolveExport } from './export.ts';
import { resolveLedger } from './ledger.ts';
import { resolveNotices } from './notices.ts';
import { resolveRecordings } from './recordings.ts';
import { replayOriginOf } from './replayOrigin.ts';
import { type Config, Settings } from './schema.ts';
import { readSecret } from './secrets.ts';

export type ConfigFault = { readonly file: string; readonly line: number; readonly at: string; readonly what: string };

export class ConfigFaults extends Error {
  override readonly name = 'ConfigFaults';
  readonly faults: readonly ConfigFault[];
  constructor(faults: readonly ConfigFault[]) {
    super(faults.map((fault) => `${fault.file}:${fault.line} ${fault.at}: ${fault.what}`).join('\n'));
    this.faults = faults;
  }
}

/** config/ of the product itself */
export const BUNDLED = resolve(import.meta.dirname, '../../config');

export type Environment = { readonly [name: string]: string | undefined };

/**
 * @param file path of sallyport.yaml; relative paths in it are relative to its folder
 * @throws ConfigFaults
 */
export function loadConfig(file: string, environment: Environment = process.env): Config {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigFaults([
      {
        file,
        line: 0,
        at: 'file',
        what: `cannot be read (${error instanceof Error ? error.message : error}): check the path and who may read it`,
      },
    ]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const lineAt = (offset: number | undefined): number => (offset === undefined ? 1 : lines.linePos(offset).line);
  const faults: ConfigFault[] = document.errors.map((error) => ({
    file,
    line: lineAt(error.pos[0]),
    at: 'syntax',
    what: (error.message.split('\n')[0] ?? '').replace(/ at line \d+.*$/, ''),
  }));
  if (faults.length > 0) throw new ConfigFaults(faults);

  /** The line of a member, or of the nearest parent that stands in the file. */
  const lineOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length > 0; length -= 1) {
      const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
      const key = path[length - 1];
      if (isMap(parent)) {
        const pair = parent.items.find((item) => String(item.key) === String(key));
        const start = (pair?.key as Node | undefined)?.range?.[0];
        if (pair) return lineAt(start);
      }
      const node = document.getIn(path.slice(0, length), true) as Node | undefined;
      if (node?.range) return lineAt(node.range[0]);
    }
    return 1;
  };
  const fault = (path: readonly PropertyKey[], what: string) =>
    faults.push({ file, line: lineOf(path), at: path.map(String).join('.') || 'file', what });

  const parsed = Settings.safeParse(document.toJS() ?? {});
  for (const issue of parsed.error?.issues ?? []) {
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys) fault([...issue.path, key], 'is not a setting: check the spelling, or remove it');
    else if (document.getIn(issue.path, true) === undefined) fault(issue.path, 'is missing: it has no default');
    else fault(issue.path, issue.message);
  }
  if (!parsed.success) throw new ConfigFaults(faults);
  const settings = parsed.data;
  for (const finding of crossChecks(settings)) fault(finding.path, finding.what);

  const from = dirname(resolve(file));
  const clientSecret = readSecret(settings.oidc.clientSecret, 'the client secret', from, environment);
  if ('fault' in clientSecret) fault(['oidc', 'clientSecret'], clientSecret.fault);
  const notices = resolveNotices(settings.notices, from, environment, fault);
  const exporting = resolveExport(settings.export, from, environment, fault);
  const mailChannels = settings.notices.channels.filter(({ kind }) => kind === 'email').map(({ id }) => id);
  const ledger = resolveLedger(settings.ledger, from, resolve(from, settings.data), environment, mailChannels, fault);
  const recordings = resolveRecordings(settings.recordings, from, environment, fault);
  if (faults.length > 0) throw new ConfigFaults(faults);
  return {
    ...settings,
    replay: { origin: replayOriginOf(settings) },
    data: resolve(from, settings.data),
    policies: settings.policies ? resolve(from, settings.policies) : join(BUNDLED, 'policies'),
    packs: settings.packs ? resolve(from, settings.packs) : join(BUNDLED, 'packs'),
    access: settings.access ? resolve(from, settings.access) : join(BUNDLED, 'access.yaml'),
    oidc: { ...settings.oidc, clientSecret: 'value' in clientSecret ? clientSecret.value : '' },
    notices,
    export: exporting,
    ledger,
    recordings,
  };
}

/** Where programs are looked for: PATH. */
export const programPath = (environment: Environment = process.env): string => environment.PATH ?? '';
