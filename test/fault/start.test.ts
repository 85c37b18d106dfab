// A gateway that may not start: every fault at once, with place and line, on stderr; nothing runs, no port is taken, no
// secret is told. And only one gateway works on a data folder.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { addressesOf } from '../../demo/run.ts';
import { until } from '../kit/arrivals.ts';
import { freePort } from '../kit/stack.ts';
import {
  accepts,
  CLIENT_SECRET,
  configText,
  redisServersOn,
  sallyport,
  startGatewayProcess,
  startHouse,
} from './house.ts';

const BUNDLED = resolve(import.meta.dirname, '../../config');
let folder: string;
let port: number;
let file: string;
let good: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sp-'));
  port = await freePort();
  file = join(folder, 'sallyport.yaml');
  good = configText(addressesOf(port), port);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  expect(redisServersOn(folder), 'a redis-server was started').toEqual([]);
  expect(await accepts(port), 'a port was taken').toBe(false);
  expect(existsSync(join(folder, 'redis')), 'a folder was made').toBe(false);
});

const lineOf = (text: string, word: string) => text.slice(0, text.indexOf(word)).split('\n').length;

/** Both commands on this configuration. @returns what `serve` says, and what `check` says besides */
async function told(text: string, env: Record<string, string> = {}): Promise<string> {
  writeFileSync(file, text);
  const [serve, check] = await Promise.all([
    sallyport(['serve', '-c', file], env),
    sallyport(['check', '-c', file], env),
  ]);
  expect([serve.code, check.code]).toEqual([2, 1]);
  for (const { stdout, stderr } of [serve, check]) {
    expect(stdout).toBe('');
    expect(stderr).not.toContain(CLIENT_SECRET);
    expect(stderr, 'a stack is no sentence').not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  }
  for (const line of serve.stderr.match(/^ {2}\S+:\d+/gm) ?? []) expect(check.stderr).toContain(line);
  return serve.stderr;
}

describe('a faulty configuration', () => {
  test('all faults at once, each with file, line and place', async () => {
    const text = good
      .replace('clientId: sallyport', 'clientID: sallyport')
      .replace('name: Acme MDM', 'name: [1]')
      .concat(`listen2: 1\nsession: { idle: soon }\nlimits: { upstream: 5, requestHead: 1y }\n`);
    const words = await told(text);
    expect(words).toMatch(/^7 faults; nothing was started\./m);
    for (const [word, at] of [
      ['oidc:', 'oidc.clientId'],
      ['clientID', 'oidc.clientID'],
      ['name: [1]', 'consoles.0.name'],
      ['listen2', 'listen2'],
      ['session:', 'session.idle'],
      ['limits:', 'limits.upstream'],
      ['limits:', 'limits.requestHead'],
    ] as const)
      expect(words).toContain(`${file}:${lineOf(text, word)}  ${at}`);
  });

  test('a secret that is missing, and one that stands in the file, which is not repeated', async () => {
    expect(await told(good, { DEMO_OIDC_SECRET: '' })).toContain('DEMO_OIDC_SECRET is not set');
    const inline = good.replace('{ env: DEMO_OIDC_SECRET }', 'hunter2-in-the-open');
    const words = await told(inline);
    expect(words).toContain('never the value itself');
    expect(words).not.toContain('hunter2');
    const lost = await told(good.replace('{ env: DEMO_OIDC_SECRET }', '{ file: ./nowhere }'));
    expect(lost).toMatch(/oidc\.clientSecret\s+the file \.\/nowhere cannot be read/);
  });

  test('a secret in an address is not repeated either', async () => {
    const words = await told(
      `${good}redis: { url: "http://user:hunter2@redis.example.com" }\n`.replace(/^redis: \{ commandTimeout.*\n/m, ''),
    );
    expect(words).toContain('redis.url');
    expect(words).not.toContain('hunter2');
  });

  test('portal and console on one origin, or one host', async () => {
    const { portal, console } = addressesOf(port);
    expect(await told(good.replace(console, portal))).toMatch(/consoles\.0\.origin\s+the portal lives on host/);
    expect(await told(good.replace(console, 'http://portal.localhost:81'))).toMatch(
      /consoles\.0\.origin\s+the portal lives on host/,
    );
  });

  test('a file that is not there, is a folder, or is no YAML', async () => {
    for (const path of [join(folder, 'nowhere.yaml'), folder]) {
      const [serve, check] = await Promise.all([sallyport(['serve', '-c', path]), sallyport(['check', '-c', path])]);
      expect([serve.code, check.code]).toEqual([2, 1]);
      expect(serve.stderr).toContain(path);
      expect(serve.stderr).toContain('cannot be read');
      expect(serve.stderr.trim().split('\n')).toHaveLength(3);
    }
    const words = await told(`${good}\nlisten: { host: "x\n`);
    expect(words).toMatch(/sallyport\.yaml:\d+ {2}syntax/);
    expect(await told('')).toContain('is missing');
  });

  test('a pack that there is not', async () => {
    expect(await told(good.replace('pack: acme-mdm', 'pack: other-mdm'))).toMatch(/acme: there is no pack other-mdm/);
  });
});

describe('faulty policies and packs', () => {
  const copied = (what: 'policies' | 'packs') => {
    const to = join(folder, what);
    rmSync(to, { recursive: true, force: true });
    cpSync(join(BUNDLED, what), to, { recursive: true });
    return to;
  };

  test('a policy that does not parse, and one with an unknown action: file, line and reason of both', async () => {
    const to = copied('policies');
    writeFileSync(join(to, 'broken.cedar'), '// one\n\n@id("x")\n@why("y")\npermit (principal, action\n');
    writeFileSync(
      join(to, 'odd.cedar'),
      '@id("odd")\n@why("y")\npermit (\n  principal,\n  action == Action::"device.explode",\n  resource\n);\n',
    );
    const words = await told(`${good}policies: policies\n`);
    expect(words).toMatch(/broken\.cedar:\d+/);
    expect(words).toMatch(/odd\.cedar:\d+[\s\S]*device\.explode/);
  });

  test('a pack with an unknown member and one that is no YAML: file, line and reason', async () => {
    const to = copied('packs');
    const pack = join(to, 'acme-mdm/pack.yaml');
    writeFileSync(pack, readFileSync(pack, 'utf8').replace('    action: device.wipe', '    acton: device.wipe'));
    expect(await told(`${good}packs: packs\n`)).toMatch(/acme-mdm\/pack\.yaml:\d+[\s\S]*acton/);
    writeFileSync(pack, 'format: 1\npack: [acme-mdm\n');
    expect(await told(`${good}packs: packs\n`)).toMatch(/acme-mdm\/pack\.yaml:\d+/);
  });

  test('folders that are not there', async () => {
    expect(await told(`${good}policies: nowhere\n`)).toContain(join(folder, 'nowhere'));
    expect(await told(`${good}packs: nowhere\n`)).toContain(join(folder, 'nowhere'));
  });
});

describe('a start that something stands in the way of', () => {
  test('the port is taken: one sentence, exit 2, and no server stays', async () => {
    const house = mkdtempSync(join(tmpdir(), 'sp-'));
    const taken = createServer();
    const busy = await freePort();
    await new Promise<void>((done) => taken.listen(busy, '127.0.0.1', done));
    try {
      writeFileSync(join(house, 'sallyport.yaml'), configText(addressesOf(busy), busy));
      const { code, stderr } = await sallyport(['serve', '-c', join(house, 'sallyport.yaml')]);
      expect(code).toBe(2);
      expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(`^Port ${busy} on 127.0.0.1 is taken`)]);
      await until(() => redisServersOn(house).length === 0, 3000);
    } finally {
      taken.close();
      rmSync(house, { recursive: true, force: true });
    }
  });

  test('no redis-server on the PATH: one sentence that says what to install', async () => {
    writeFileSync(file, good);
    const { code, stderr } = await sallyport(['serve', '-c', file], { PATH: '/nowhere' });
    expect(code).toBe(2);
    expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(/^no redis-server .*install/)]);
  });

  test('a second gateway on one data folder: one sentence, exit 2, and the first one does not notice', async () => {
    const house = await startHouse();
    try {
      const other = await freePort();
      const second = join(house.dataDir, 'second.yaml');
      writeFileSync(second, configText(house.addresses, other));
      const { code, stderr } = await sallyport(['serve', '-c', second]);
      expect(code).toBe(2);
      expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(/another Sallyport uses the data folder/)]);
      expect(redisServersOn(house.dataDir)).toHaveLength(1);
      expect(house.gateway.alive()).toBe(true);
    } finally {
      await house.close();
    }
  });

  test('nor while the first one’s server is away for a moment: it would tear the journal', {
    timeout: 90_000,
  }, async () => {
    const house = await startHouse();
    try {
      const second = join(house.dataDir, 'second.yaml');
      writeFileSync(second, configText(house.addresses, await freePort()));
      const ending = sallyport(['serve', '-c', second]);
      let ended = false;
      void ending.then(() => {
        ended = true;
      });
      let most = 0;
      // Its server dies again and again while the second one looks for it.
      for (let kills = 0; !ended && kills < 100; kills += 1) {
        const servers = redisServersOn(house.dataDir);
        most = Math.max(most, servers.length);
        for (const pid of servers) process.kill(pid, 'SIGKILL');
        await new Promise((wake) => setTimeout(wake, 60));
      }
      const { code, stderr } = await ending;
      expect([code, most]).toEqual([2, 1]);
      expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(/another Sallyport uses the data folder/)]);
    } finally {
      await house.close();
    }
  });

  test('two started in the same moment: one runs, the other says so', { timeout: 90_000 }, async () => {
    const house = mkdtempSync(join(tmpdir(), 'sp-'));
    try {
      const [one, two] = [await freePort(), await freePort()];
      writeFileSync(join(house, 'one.yaml'), configText(addressesOf(one), one));
      writeFileSync(join(house, 'two.yaml'), configText(addressesOf(two), two));
      const started = await Promise.allSettled([
        startGatewayProcess(house, one, 'one.yaml'),
        startGatewayProcess(house, two, 'two.yaml'),
      ]);
      const running = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      const failed = started.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
      const servers = redisServersOn(house).length;
      for (const gateway of running) await gateway.end();
      expect([running.length, servers]).toEqual([1, 1]);
      expect(failed).toEqual([expect.stringMatching(/another Sallyport uses the data folder/)]);
    } finally {
      rmSync(house, { recursive: true, force: true });
    }
  });
});
