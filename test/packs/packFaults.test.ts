// Packs that do not hold up stop the start: every fault at once, with the line.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadPacks } from '../../src/proxy/recognise/loadPacks.ts';
import { packFaults } from './kit.ts';

const entry = (more: string) =>
  `  - { id: a, request: 'POST /a/{device}', action: device.lock${more === '' ? '' : `, ${more}`} }\n`;

describe('a pack', () => {
  test('without a fault loads', () => expect(packFaults(entry(''))).toEqual([]));

  test('says all its faults at once, each with its line', () => {
    const faults = packFaults(`
  - id: a
    request: FETCH /a
    action: device.lock
  - id: b
    request: POST /b
    action: device.explode
    colour: red
  - id: c
    request: POST /c/{thing}
    action: device.lock
    body: { type: json, limit: 64kb }
`);
    expect(faults).toEqual([
      '3: entry a: "FETCH" is not one of GET, POST, PUT, PATCH, DELETE'.replace('a: "', 'a: request: "'),
      '8: entry b: "colour" is not known here',
      expect.stringMatching(/^10: entry c: request: \{thing\} has no kind/),
      '12: entry c: body.limit: write a size such as 64KiB',
    ]);
  });

  test.each([
    ['risk: low', /a pack may raise a risk, never lower it/],
    ['targets: [{ path: user }]', /the path has no \{user\}/],
    ['targets: [{ kind: device, json: /ids }]', /the body is no judged JSON/],
    ['targets: [{ kind: device }]', /name exactly one place/],
    ['targets: [{ json: /ids }], body: { type: json }', /needs a kind/],
    ["title: 'Lock {count thing}'", /names a kind that is not known/],
    ["title: 'Lock {everything}'", /none of \{count kind\}/],
    ['volatile: [pin]', /no body is read here/],
    ['body: { type: bytes }', /bytes cannot be judged/],
    ['body: { type: json, mode: opaque }', /only multipart and bytes may be opaque/],
    ['body: { type: json, where: { command: x } }', /json has pointers/],
    ['body: { type: form, where: { /command: x } }', /json has pointers/],
    ['body: { type: json, limit: 2MiB }', /at most 1 MiB/],
    ['upgrade: true', /starts with GET/],
  ])('is refused with %s', (more, said) => {
    expect(packFaults(entry(more))).toEqual([expect.stringMatching(said)]);
  });

  test.each([
    ['POST /a/**', /only a read with GET/],
    ['POST /a//b', /empty or a dot segment/],
    ['POST /a/../b', /empty or a dot segment/],
    ['POST /{a:device}{b:device}', /neither a plain segment/],
    ['POST /{device}/{device}', /stands there twice/],
    ['HEAD /a', /"HEAD" is not one of/],
    ['POST', /write the methods/],
  ])('is refused with the request %s', (request, said) => {
    expect(packFaults(`  - { id: a, request: '${request}', action: device.lock }\n`)[0]).toMatch(said);
  });

  test('may not describe what is unknown, nor use an id twice', () => {
    expect(packFaults('  - { id: a, request: POST /a, action: unknown.write }\n')).toEqual([
      expect.stringMatching(/vocabulary/),
    ]);
    const twice =
      '  - { id: a, request: POST /a, action: device.lock }\n  - { id: a, request: POST /b, action: device.lock }\n';
    expect(packFaults(twice)).toEqual(['2: entry a: this id is taken already']);
  });

  test('that is no YAML, has a key twice, an alias or another format is refused', () => {
    expect(packFaults('  - { id: a\n').length).toBeGreaterThan(0);
    expect(packFaults('  - { id: a, id: b, request: POST /a, action: device.lock }\n')[0]).toMatch(/unique/);
    expect(packFaults('  - &x { id: a, request: POST /a, action: device.lock }\n  - *x\n')[0]).toMatch(
      /^2: write it out/,
    );
    expect(packFaults(entry(''), 'format: 2\npack: test\nname: T\nkinds: {}\nentries:\n')[0]).toMatch(/^1: format/);
    expect(
      packFaults(entry(''), 'format: 1\npack: test\nname: T\nkinds:\n  thing: { id: word }\nentries:\n')[0],
    ).toMatch(/^5: the kind thing is new/);
  });
});

describe('a folder of packs', () => {
  const faultsIn = (files: Record<string, string>): string => {
    const dir = mkdtempSync(join(tmpdir(), 'packs-'));
    try {
      mkdirSync(join(dir, 'mine'));
      for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, file), text);
      loadPacks(dir);
      return '';
    } catch (error) {
      return String(error).replaceAll(`${dir}/`, '');
    } finally {
      rmSync(dir, { recursive: true });
    }
  };
  const vocabulary = 'kinds: {}\nactions:\n  device.lock: { risk: high, title: Lock, effect: Locks. }\n';
  const pack =
    'format: 1\npack: mine\nname: Mine\nkinds: {}\nentries:\n  - { id: a, request: POST /a, action: device.lock }\n';

  test('says what is missing or misplaced, with the file', () => {
    expect(faultsIn({ 'vocabulary.yaml': vocabulary, 'mine/pack.yaml': pack })).toBe('');
    expect(faultsIn({ 'mine/pack.yaml': pack })).toMatch(/vocabulary\.yaml:1: cannot be read: ENOENT/);
    expect(faultsIn({ 'vocabulary.yaml': vocabulary })).toMatch(/mine\/pack\.yaml:1: cannot be read: ENOENT/);
    expect(faultsIn({ 'vocabulary.yaml': vocabulary.replace('high', 'huge'), 'mine/pack.yaml': pack })).toMatch(
      /vocabulary\.yaml:3: actions\.device\.lock\.risk/,
    );
    expect(
      faultsIn({ 'vocabulary.yaml': vocabulary, 'mine/pack.yaml': pack.replace('pack: mine', 'pack: yours') }),
    ).toMatch(/mine\/pack\.yaml:1: says pack: yours, but its folder is mine/);
  });

  test('that is not there is said in one sentence', () => {
    expect(() => loadPacks('/nowhere')).toThrow(
      /vocabulary\.yaml:1: cannot be read: ENOENT: no such file or directory/,
    );
  });
});
