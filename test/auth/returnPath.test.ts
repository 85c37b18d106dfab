import { describe, expect, test } from 'vitest';
import { CLOSED_ON_CONSOLES, CLOSED_ON_PORTAL, safeReturnPath } from '../../src/auth/returnPath.ts';

const HOSTILE: unknown[] = [
  '//evil.test/',
  '///evil.test',
  '////evil.test',
  '/\\evil.test/',
  '\\/evil.test',
  '\\\\evil.test',
  '/\\/evil.test/',
  '/%5cevil.test/',
  '/%5Cevil.test/',
  '/%2fevil.test/',
  '/%2F%2Fevil.test/',
  '/\t/evil.test',
  '/\n/evil.test',
  '/\r/evil.test',
  '/ /evil.test',
  '/\u0000/evil.test',
  '\u0000/api',
  ' /devices',
  '/devices\n',
  '/%0d%0aSet-Cookie:%20__Host-sallyport=x',
  '/%0Aevil',
  '/%00',
  '/%09/evil.test',
  'javascript:alert(1)',
  'java\tscript:alert(1)',
  'JAVASCRIPT:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'https:evil.test',
  'https:/evil.test',
  'http:///evil.test',
  'https://evil.test',
  'https://mdm.corp.test.evil.test/',
  'https://evil.test?mdm.corp.test',
  'https://evil.test#mdm.corp.test',
  'https://mdm.corp.test@evil.test/',
  'https://evil.test\\@mdm.corp.test/',
  '//mdm.corp.test\\.evil.test/',
  'https://mdm.corp.test%2eevil.test/',
  'https://mdm\u3002corp\u3002test/',
  'https://\u217fdm.corp.test/',
  '/\u3002evil.test',
  '/\u2028evil',
  '.evil.test',
  '@evil.test',
  'evil.test',
  '?x=1',
  '#x',
  '',
  '/..//evil.test',
  '/a/../..//evil.test',
  '/./evil',
  '/%2e%2e//evil.test',
  '/a//evil.test',
  '/;//evil.test',
  `/${'a'.repeat(9000)}`,
  undefined,
  null,
  7,
  ['/a', '/b'],
  { toString: () => '/a' },
];

describe('a return path from outside', () => {
  test.each(HOSTILE.map((value) => [JSON.stringify(value)?.slice(0, 60), value]))(
    '%s falls back to /',
    (_text, value) => {
      expect(safeReturnPath(value, CLOSED_ON_PORTAL)).toBe('/');
      expect(safeReturnPath(value, CLOSED_ON_CONSOLES)).toBe('/');
    },
  );

  test.each([
    '/login',
    '/login?to=/login',
    '/LOGIN',
    '/callback?code=x',
    '/logout',
    '/api/logout',
    '/handoff?console=x',
    '/.sallyport/enter?code=x',
  ])('%s of the portal, which does something when it is opened, falls back to /', (path) => {
    expect(safeReturnPath(path, CLOSED_ON_PORTAL)).toBe('/');
  });

  test.each(['/.sallyport', '/.sallyport/logout', '/.Sallyport/logout'])('%s of a console falls back to /', (path) => {
    expect(safeReturnPath(path, CLOSED_ON_CONSOLES)).toBe('/');
  });

  test.each([
    '/',
    '/devices',
    '/devices?page=2&sort=-name',
    '/devices/42#tab=apps',
    '/search?q=https://evil.test/',
    '/a%20b',
    '/devices/42?next=%2Fdevices',
    '/devices/a%2Fb',
    '/list?filter={%22os%22:1}|x^y',
    '/login-help',
    '/loginx',
  ])('%s stays as it is', (path) => {
    expect(safeReturnPath(path, CLOSED_ON_PORTAL)).toBe(path);
  });

  test("a console's own /login and /api pages stay as they are", () => {
    expect(safeReturnPath('/login', CLOSED_ON_CONSOLES)).toBe('/login');
    expect(safeReturnPath('/api/v1', CLOSED_ON_CONSOLES)).toBe('/api/v1');
  });
});
