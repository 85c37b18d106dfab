// Who may import whom (docs/design.md, section 5). The rules run over the real tree, and each first has to catch a planted fault.
import { describe, expect, test } from 'vitest';
import { importsOf, type Source, sources } from './sources.ts';

type Rule = {
  readonly says: string;
  readonly broken: (source: Source, imported: string) => boolean;
  readonly planted: Source;
};

const within = (path: string, ...folders: string[]) => folders.some((folder) => path.startsWith(`${folder}/`));
const DOMAINS = ['src/auth', 'src/policy', 'src/access', 'src/audit', 'src/notices', 'src/defence'];
const domainOf = (path: string) => DOMAINS.find((domain) => within(path, domain));
const isPackage = (imported: string) =>
  !imported.startsWith('src/') && !imported.startsWith('node:') && !/^(portal|shim|demo|test|scripts)\//.test(imported);
const packageIs = (imported: string, name: string) => imported === name || imported.startsWith(`${name}/`);

const onlyImporter = (library: string, file: string): Rule => ({
  says: `only ${file} imports ${library}`,
  broken: (source, imported) => within(source.path, 'src') && packageIs(imported, library) && source.path !== file,
  planted: { path: 'src/cli/planted.ts', text: `import x from '${library}';` },
});

const RULES: readonly Rule[] = [
  {
    says: 'kernel imports kernel and node builtins only',
    broken: (source, imported) =>
      within(source.path, 'src/kernel') && !imported.startsWith('node:') && !within(imported, 'src/kernel'),
    planted: { path: 'src/kernel/planted.ts', text: "import type { Keys } from '../redis/keys.ts';" },
  },
  {
    says: 'kernel does no I/O',
    broken: (source, imported) =>
      within(source.path, 'src/kernel') && imported.startsWith('node:') && imported !== 'node:crypto',
    planted: { path: 'src/kernel/planted.ts', text: "import { readFileSync } from 'node:fs';" },
  },
  {
    says: 'auth, policy, access, audit, notices and defence never import each other, nor the edges',
    broken: (source, imported) => {
      const domain = domainOf(source.path);
      return (
        domain !== undefined && imported.startsWith('src/') && !within(imported, 'src/kernel', 'src/redis', domain)
      );
    },
    planted: { path: 'src/audit/planted.ts', text: "import { x } from '../access/grants/states.ts';" },
  },
  {
    says: 'in the domains only *.redis.ts files reach Redis',
    broken: (source, imported) =>
      domainOf(source.path) !== undefined && within(imported, 'src/redis') && !source.path.endsWith('.redis.ts'),
    planted: { path: 'src/access/planted.ts', text: "import { x } from '../redis/client.ts';" },
  },
  {
    says: 'the domains know neither express nor http',
    broken: (source, imported) =>
      domainOf(source.path) !== undefined && ['express', 'helmet', 'ws'].some((name) => packageIs(imported, name)),
    planted: { path: 'src/auth/planted.ts', text: "import express from 'express';" },
  },
  {
    says: 'proxy and portal do not import each other (the contract and what recognise says of a pack excepted)',
    broken: (source, imported) =>
      (within(source.path, 'src/proxy') &&
        within(imported, 'src/portal') &&
        !within(imported, 'src/portal/contract')) ||
      (within(source.path, 'src/portal') && within(imported, 'src/proxy')),
    planted: { path: 'src/portal/planted.ts', text: "import { x } from '../proxy/pipeline.ts';" },
  },
  {
    says: 'verifiers share no code with the writers',
    broken: (source, imported) =>
      /^src\/[a-z]+\/verify\//.test(source.path) &&
      !(imported === 'node:crypto' || within(imported, 'src/kernel') || /^src\/[a-z]+\/verify\//.test(imported)),
    planted: { path: 'src/audit/verify/planted.ts', text: "import { x } from '../journal/journal.redis.ts';" },
  },
  {
    says: 'the front ends see the server through the contract and the kernel only',
    broken: (source, imported) =>
      within(source.path, 'portal', 'shim') &&
      imported.startsWith('src/') &&
      !within(imported, 'src/portal/contract') &&
      !within(imported, 'src/kernel'),
    planted: { path: 'portal/src/planted.ts', text: "import { x } from '../../src/wire.ts';" },
  },
  {
    says: 'the product imports neither tests nor front ends; the demo only through its command',
    broken: (source, imported) =>
      within(source.path, 'src') &&
      (within(imported, 'test', 'portal', 'shim', 'scripts') ||
        (within(imported, 'demo') && source.path !== 'src/cli/demo.ts')),
    planted: { path: 'src/planted.ts', text: "import { x } from '../test/kit/redis.ts';" },
  },
  {
    says: 'only main, the demo, the CLI and tests import what puts the gateway together',
    broken: (source, imported) =>
      (imported === 'src/wire.ts' || within(imported, 'src/wire')) &&
      !(
        ['src/main.ts', 'src/wire.ts'].includes(source.path) ||
        within(source.path, 'src/wire', 'src/cli', 'demo', 'test')
      ),
    planted: { path: 'src/portal/planted.ts', text: "import { x } from '../wire/state.ts';" },
  },
  onlyImporter('ioredis', 'src/redis/client.ts'),
  onlyImporter('http-proxy-middleware', 'src/proxy/forward/engine.ts'),
  onlyImporter('httpxy', 'src/proxy/forward/engine.ts'),
  onlyImporter('openid-client', 'src/auth/oidc/client.ts'),
  onlyImporter('@simplewebauthn/server', 'src/auth/webauthn/verify.ts'),
  onlyImporter('@cedar-policy/cedar-wasm', 'src/policy/cedar.ts'),
  onlyImporter('age-encryption', 'src/audit/recording/age.ts'),
  onlyImporter('aws4fetch', 'src/audit/ledger/s3Blobs.ts'),
  {
    says: 'rrweb is in the recorder’s script only: console pages load it where they are recorded, and nowhere else',
    broken: (source, imported) =>
      within(source.path, 'src', 'shim') &&
      packageIs(imported, '@rrweb/record') &&
      source.path !== 'shim/src/recorder/track.ts',
    planted: { path: 'shim/src/planted.ts', text: "import { record } from '@rrweb/record';" },
  },
  {
    says: 'what rebuilds recorded pages is in the replay origin’s page only, never in the portal',
    broken: (source, imported) =>
      within(source.path, 'src', 'portal', 'shim') &&
      packageIs(imported, '@rrweb/replay') &&
      source.path !== 'portal/replay/src/rebuild.ts',
    planted: { path: 'portal/src/planted.ts', text: "import { Replayer } from '@rrweb/replay';" },
  },
  onlyImporter('nodemailer', 'src/notices/channels/email.ts'),
  onlyImporter('modern-tar', 'src/audit/evidence/tar.ts'),
  onlyImporter('helmet', 'src/portal/app.ts'),
];

const broken = (rule: Rule, source: Source) => importsOf(source).filter((imported) => rule.broken(source, imported));

describe('who imports whom', () => {
  const tree = ['src', 'portal', 'shim', 'demo', 'test']
    .flatMap((folder) => sources(folder))
    .filter((source) => source.path !== 'test/guards/imports.test.ts');

  test('the guard sees the tree', () => {
    expect(tree.length).toBeGreaterThan(60);
    expect(tree.flatMap(importsOf).filter(isPackage).length).toBeGreaterThan(30);
  });

  for (const rule of RULES) {
    test(rule.says, () => {
      expect(broken(rule, rule.planted), 'the planted fault must be caught').not.toEqual([]);
      expect(
        tree.flatMap((source) => broken(rule, source).map((imported) => `${source.path} imports ${imported}`)),
      ).toEqual([]);
    });
  }
});
