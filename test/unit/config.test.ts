// Bad configuration: all faults at once, each with file, line, place and what to do; nothing starts.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type ConfigFault, ConfigFaults, loadConfig } from '../../src/config/load.ts';
import { Settings } from '../../src/config/schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const GOOD = `portal: { origin: https://access.example.com }
oidc:
  issuer: https://idp.example.com
  clientId: sallyport
  clientSecret: { env: OIDC_SECRET }
consoles:
  - id: main
    name: Main MDM
    origin: https://mdm.example.com
    upstream: https://10.0.0.5:8443
    pack: acme-mdm
`;
const environment = { OIDC_SECRET: 'canary-secret' };

function load(text: string, env: Record<string, string> = environment) {
  const file = join(folder, 'sallyport.yaml');
  writeFileSync(file, text);
  return loadConfig(file, env);
}
function faultsOf(text: string, env?: Record<string, string>): readonly ConfigFault[] {
  try {
    load(text, env);
  } catch (error) {
    if (error instanceof ConfigFaults) return error.faults;
    throw error;
  }
  return [];
}

describe('configuration', () => {
  test('a small file is enough; the rest has closed defaults', () => {
    const config = load(GOOD);
    expect(config).toMatchObject({
      listen: { host: '127.0.0.1', port: 8080 },
      session: { idle: 30 * 60_000, absolute: 36_000_000 },
      redis: { commandTimeout: 250 },
      data: join(folder, 'data'),
    });
    expect(config.oidc.clientSecret).toBe('canary-secret');
  });

  test('all faults come at once, each with its line', () => {
    const faults = faultsOf(
      GOOD.replace('clientId: sallyport', 'clientID: sallyport')
        .replace('name: Main MDM', 'name: [1]')
        .replace('https://10.0.0.5:8443', 'not a url')
        .concat('listen: { port: high }\nsesion: {}\n'),
    );
    expect(faults.map(({ line, at }) => `${line} ${at}`).sort()).toEqual(
      [
        '2 oidc.clientId',
        '4 oidc.clientID',
        '8 consoles.0.name',
        '10 consoles.0.upstream',
        '12 listen.port',
        '13 sesion',
      ]
        .sort((a, b) => a.localeCompare(b))
        .sort(),
    );
    expect(faults.find(({ at }) => at === 'listen.port')?.what).toMatch(/expected number/);
    expect(faults.find(({ at }) => at === 'sesion')?.what).toMatch(/not a setting/);
  });

  test('a secret that is not there is named, and no secret may stand in the file', () => {
    expect(faultsOf(GOOD, {})).toMatchObject([
      { line: 5, at: 'oidc.clientSecret', what: expect.stringContaining('OIDC_SECRET is not set') },
    ]);
    expect(faultsOf(GOOD.replace('{ env: OIDC_SECRET }', 'hunter2'))).toMatchObject([
      { at: 'oidc.clientSecret', what: expect.stringContaining('never the value itself') },
    ]);
    expect(faultsOf(GOOD.replace('{ env: OIDC_SECRET }', '{ file: nowhere }'))).toMatchObject([
      { at: 'oidc.clientSecret', what: expect.stringContaining('cannot be read') },
    ]);
  });

  test('portal and console on one host are refused: their scripts would share cookies', () => {
    for (const origin of ['https://access.example.com', 'https://access.example.com:8443']) {
      expect(faultsOf(GOOD.replace('https://mdm.example.com', origin))).toMatchObject([
        { line: 9, at: 'consoles.0.origin', what: expect.stringContaining('the portal lives on host') },
      ]);
    }
  });

  test('two consoles need two hosts and two ids; a console is not its own upstream', () => {
    const again = GOOD.slice(GOOD.indexOf('  - id:')).replace('https://10.0.0.5:8443', 'https://access.example.com');
    expect(faultsOf(GOOD + again).map(({ at }) => at)).toEqual([
      'consoles.1.origin',
      'consoles.1.id',
      'consoles.1.upstream',
    ]);
  });

  test('plain http is for this machine only', () => {
    expect(faultsOf(GOOD.replace('https://mdm.example.com', 'http://mdm.example.com'))).toMatchObject([
      { at: 'consoles.0.origin' },
    ]);
    expect(faultsOf(GOOD.replace('https://idp.example.com', 'http://idp.example.com'))).toMatchObject([
      { at: 'oidc.issuer' },
    ]);
    expect(load(GOOD.replace('https://mdm.example.com', 'http://mdm.localhost:8080')).consoles[0]?.origin).toBe(
      'http://mdm.localhost:8080',
    );
  });

  test('an unreadable file, broken YAML and a repeated key each say so', () => {
    expect(() => loadConfig(join(folder, 'missing.yaml'), environment)).toThrow(/cannot be read.*check the path/);
    expect(faultsOf('portal: {')).toMatchObject([{ at: 'syntax' }]);
    expect(faultsOf(`${GOOD}portal: { origin: https://other.example.com }\n`)).toMatchObject([
      { line: 12, at: 'syntax' },
    ]);
    expect(faultsOf('')).not.toEqual([]);
  });

  test('every setting removed in turn that has no default is named', () => {
    for (const name of ['issuer', 'clientId', 'clientSecret', 'pack', 'upstream']) {
      const faults = faultsOf(GOOD.replace(new RegExp(`^ +${name}: .*\\n`, 'm'), ''));
      expect(
        faults.map(({ at, what }) => `${at.split('.').at(-1)} ${what}`),
        name,
      ).toEqual([`${name} is missing: it has no default`]);
    }
  });
});

describe('the example configuration', () => {
  test('loads, and names every setting there is', () => {
    const file = join(import.meta.dirname, '../../config/sallyport.example.yaml');
    const config = loadConfig(file, { SALLYPORT_OIDC_SECRET: 'x' });
    expect(config.health).toEqual({ host: '127.0.0.1', port: 8081 });
    const text = readFileSync(file, 'utf8');
    const names = (schema: unknown): string[] => {
      const json = schema as { properties?: Record<string, unknown>; items?: unknown };
      return Object.entries(json.properties ?? {}).flatMap(([name, member]) => [
        name,
        ...names(member),
        ...names((member as { items?: unknown }).items ?? {}),
      ]);
    };
    const all = names(z.toJSONSchema(Settings, { io: 'input' }));
    expect(all.length).toBeGreaterThan(30);
    expect(all.filter((name) => !new RegExp(`^[\\s#-]*${name}:`, 'm').test(text))).toEqual([]);
  });
});
