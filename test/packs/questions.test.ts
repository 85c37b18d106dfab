// What a pack may let the gateway ask its console by itself: only what the pack itself knows for a read.
import { describe, expect, test } from 'vitest';
import { packFaults } from './kit.ts';

const head = (questions: string) => `format: 1
pack: test
name: Test
roots: { api: '/api/[v2|v1]' }
kinds:
  device: { id: digits }
${questions}
entries:
`;
const ENTRIES = `  - { id: one, request: 'GET <api>/devices/{device}', action: device.read }
  - { id: list, request: 'GET <api>/devices', action: device.read }
  - { id: wipe, request: 'POST <api>/devices/{device}/wipe', action: device.wipe, targets: [{ path: device }] }
  - { id: act, request: 'GET <api>/devices/{device}/lock', action: device.lock, targets: [{ path: device }] }
`;
const faultsOf = (questions: string) =>
  packFaults(ENTRIES, head(questions)).map((fault) => fault.replace(/^\d+: /, ''));

describe('a question', () => {
  test.each([
    ["names: { device: { get: '<api>/devices/{id}', name: /name } }"],
    ["names: { device: [{ as: c-, get: '/api/v1/devices/{id}', name: [/a, /b], seen: /c }] }"],
    ["counts: { all device: { get: '<api>/devices', list: '' } }"],
  ])('that the pack knows for a read is sound: %s', (questions) => {
    expect(faultsOf(questions)).toEqual([]);
  });

  test.each([
    [
      'of an act that is sent with GET',
      "names: { device: { get: '<api>/devices/{id}/lock', name: /a } }",
      'knows for a read',
    ],
    ['of what no entry describes', "names: { device: { get: '/other/{id}', name: /a } }", 'knows for a read'],
    ['of a path that leaves', "names: { device: { get: '/api/v1/devices/../{id}', name: /a } }", 'knows for a read'],
    ['without the id', "names: { device: { get: '<api>/devices', name: /a } }", '{id} is missing'],
    [
      'about all with an id',
      "counts: { all device: { get: '<api>/devices/{id}', number: /a } }",
      '{id} has no meaning',
    ],
    ['about a kind that there is not', "names: { phone: { get: '<api>/devices/{id}', name: /a } }", 'no kind phone'],
    [
      'with two ways to count',
      "counts: { device: { get: '<api>/devices/{id}', number: /a, list: /b } }",
      'number or list',
    ],
    ['of another host', "names: { device: { get: 'https://evil.test/{id}', name: /a } }", 'write a path'],
  ])('%s is a fault', (_what, questions, words) => {
    expect(faultsOf(questions).join('\n')).toContain(words);
  });
});
