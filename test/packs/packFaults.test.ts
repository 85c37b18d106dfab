// Packs that do not hold up stop the start: every fault at once, with the line.
import { describe, expect, test } from 'vitest';
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
    ['redact: [pin]', /no body is read here/],
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
