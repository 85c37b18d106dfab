// Policies that do not hold up stop the start: every fault at once, each with file, line, column and reason.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PolicyFaults } from '../../src/policy/load.ts';
import { createPolicy } from '../../src/policy/policy.ts';

const ACTIONS = [{ name: 'device.lock', risk: 'high' }] as const;
const SOUND = '@id("sound")\n@why("Sound.")\npermit(principal, action == Action::"device.lock", resource);\n';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'policies-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

let made = 0;
/** file:line:column of every fault, with its text */
function faultsOf(files: Record<string, string>): string[] {
  made += 1;
  const folder = mkdtempSync(join(dir, `${made}-`));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  try {
    createPolicy({ dir: folder, actions: ACTIONS });
    return [];
  } catch (error) {
    if (!(error instanceof PolicyFaults)) throw error;
    return error.faults.map(({ file, line, column, what }) => `${basename(file)}:${line}:${column}: ${what}`);
  }
}

describe('a policy folder', () => {
  test('without a fault loads', () => expect(faultsOf({ 'a.cedar': SOUND })).toEqual([]));

  test('says what does not parse, and where', () => {
    const [fault, ...more] = faultsOf({ 'a.cedar': '// Grüße\n\n@id("x")\npermit(principal action, resource);\n' });
    expect(more).toEqual([]);
    expect(fault).toMatch(/^a\.cedar:4:18: unexpected token `action`/);
  });

  test('says which action is unknown, and where', () => {
    const text = '\n@id("x")\n@why("Grüße.")\npermit(principal, action == Action::"device.lok", resource);';
    expect(faultsOf({ 'a.cedar': text })).toEqual([
      expect.stringMatching(/^a\.cedar:4:29: unrecognized action `Action::"device\.lok"`.*did you mean/),
    ]);
  });

  test('says which fact does not exist, and which is of another type', () => {
    const policy = (condition: string) =>
      `@id("x")\n@why("X.")\npermit(principal, action, resource)\nwhen { ${condition} };`;
    expect(faultsOf({ 'a.cedar': policy('context.sined') })[0]).toMatch(/^a\.cedar:4:\d+: .*`sined`/);
    expect(faultsOf({ 'a.cedar': policy('context.targets == "1"') })[0]).toMatch(/^a\.cedar:4:/);
    // An absent step-up age must be asked for before it is compared.
    expect(faultsOf({ 'a.cedar': policy('context.stepUpAge < 300') })[0]).toMatch(/^a\.cedar:4:.*stepUpAge/);
  });

  test('says which policy can never apply', () => {
    const never = '@id("y")\n@why("Y.")\npermit(principal, action, resource) when { false };';
    expect(faultsOf({ 'a.cedar': never })[0]).toMatch(/^a\.cedar:1:1: .*false for all valid requests/);
  });

  test('refuses a policy without an id, without a reason, with an unread annotation, and a template', () => {
    expect(faultsOf({ 'a.cedar': '@why("A.")\npermit(principal, action, resource);' })[0]).toMatch(/1:1: needs an @id/);
    expect(faultsOf({ 'a.cedar': '@id("a")\npermit(principal, action, resource);' })[0]).toMatch(/1:1: needs a @why/);
    expect(faultsOf({ 'a.cedar': '@id("a")\n@why("A.")\n@wy("B.")\npermit(principal, action, resource);' })[0]).toMatch(
      /@wy/,
    );
    expect(
      faultsOf({ 'a.cedar': '@id("a")\n@why("A.")\npermit(principal == ?principal, action, resource);' })[0],
    ).toMatch(/templates/);
  });

  test('refuses two policies of one id, also across files, and says where the first is', () => {
    expect(faultsOf({ 'a.cedar': SOUND, 'b.cedar': `\n${SOUND}` })).toEqual([
      'b.cedar:2:1: @id("sound") is taken already, in a.cedar:1',
    ]);
    expect(faultsOf({ 'a.cedar': SOUND + SOUND })).toEqual([
      'a.cedar:4:1: @id("sound") is taken already, in a.cedar:1',
    ]);
  });

  test('says all faults of all files at once', () => {
    const faults = faultsOf({
      'a.cedar': 'permit(',
      'b.cedar': 'permit(principal, action == Action::"nope", resource);',
      'c.cedar': SOUND,
    });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(['a.cedar', 'b.cedar', 'b.cedar', 'b.cedar']);
  });

  test('refuses a folder without policies, and no folder', () => {
    expect(faultsOf({})).toEqual([expect.stringMatching(/has no \*\.cedar file$/)]);
    expect(() => createPolicy({ dir: join(dir, 'nowhere'), actions: ACTIONS })).toThrow(/cannot be read: ENOENT/);
  });

  test('has another digest when a word changes, and the same when it does not', () => {
    const digestOf = (text: string) => {
      made += 1;
      const folder = mkdtempSync(join(dir, `${made}-`));
      writeFileSync(join(folder, 'a.cedar'), text);
      return createPolicy({ dir: folder, actions: ACTIONS }).digest;
    };
    expect(digestOf(SOUND)).toBe(digestOf(SOUND));
    expect(digestOf(SOUND)).not.toBe(digestOf(SOUND.replace('Sound.', 'Other.')));
  });
});
