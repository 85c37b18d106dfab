// The description of the API is valid OpenAPI 3.1, says everything, and is the same from the command line and the server.
import { execFileSync } from 'node:child_process';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { ENDPOINTS } from '../../src/portal/api/endpoints.ts';
import { createGate } from '../../src/portal/api/gate.ts';
import { openApiOf } from '../../src/portal/api/openapi.ts';
import { createConformance, type Document } from './conformance.ts';

const document = openApiOf(ENDPOINTS, '0.1.0') as unknown as Document;

test('it is OpenAPI 3.1, by the schema of OpenAPI itself', async () => {
  const result = await new Validator().validate(JSON.parse(JSON.stringify(document)));
  expect(result.errors).toBeUndefined();
  expect(result.valid).toBe(true);
  const broken = { ...JSON.parse(JSON.stringify(document)), paths: { 'no-slash': {} } };
  expect((await new Validator().validate(broken)).valid).toBe(false);
});

test('every operation says what it is for, what it needs and how it may refuse', () => {
  const { operations } = createConformance(document);
  expect(operations.length).toBe(ENDPOINTS.length);
  for (const { method, path, operation } of operations) {
    const { responses, parameters, requestBody } = operation;
    expect(Object.keys(responses), path).toEqual(expect.arrayContaining(['400', '401', '403', '500', '503']));
    expect(requestBody !== undefined, path).toBe(method === 'POST');
    const inPath = parameters.filter((one) => one.in === 'path').map(({ name }) => `{${name}}`);
    expect([...path.matchAll(/\{[a-z]+\}/g)].map(String), path).toEqual(inPath);
    if (inPath.length > 0) expect(Object.keys(responses), path).toContain('404');
  }
});

test('no answer has room for members that nobody described', () => {
  const open: string[] = [];
  const walk = (value: unknown, at: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const { type, properties, additionalProperties } = value as { [name: string]: unknown };
    if (type === 'object' && properties !== undefined && additionalProperties !== false) open.push(at);
    for (const [name, member] of Object.entries(value)) walk(member, `${at}/${name}`);
  };
  const inputs = new Set([
    'ApproveGrant',
    'ApproveTerms',
    'AskGrant',
    'AskHold',
    'Assertion',
    'DenyGrant',
    'EnrolPasskey',
    'ExportEvidence',
    'Nothing',
    'ReleaseLegalHold',
    'RenamePasskey',
    'SetFreeze',
    'SetLegalHold',
  ]);
  for (const [name, schema] of Object.entries(document.components.schemas)) if (!inputs.has(name)) walk(schema, name);
  expect(open).toEqual([]);
});

test('`sallyport openapi` prints the same', () => {
  const printed = execFileSync(process.execPath, ['src/main.ts', 'openapi'], { encoding: 'utf8' });
  expect(JSON.parse(printed)).toEqual(JSON.parse(JSON.stringify(document)));
});

test('two operations on one path are refused at start', () => {
  const [first] = ENDPOINTS;
  if (!first) throw new Error('no endpoints');
  expect(() => createGate([...ENDPOINTS, { ...first, name: 'another' }], () => false)).toThrow(/one path/);
  expect(() => createGate([...ENDPOINTS, { ...first, path: '/api/other' }], () => false)).toThrow(/one name/);
});

test('the check of answers is not blind: wrong status, type, member or reason is found', () => {
  const { fault } = createConformance(document);
  const good = {
    method: 'POST',
    target: '/api/stepup',
    status: 200,
    contentType: 'application/json; charset=utf-8',
    refused: undefined,
    text: '{"steppedUpAt":1}',
  };
  const problem = {
    ...good,
    status: 403,
    contentType: 'application/problem+json; charset=utf-8',
    refused: 'passkey.refused',
    text: '{"type":"x","title":"x","status":403,"reason":"passkey.refused"}',
  };
  expect(fault(good)).toBeNull();
  expect(fault(problem)).toBeNull();
  expect(fault({ ...good, status: 201 })).toMatch(/not documented/);
  expect(fault({ ...good, contentType: 'text/html' })).toMatch(/content type/);
  expect(fault({ ...good, text: '{"steppedUpAt":"1"}' })).toMatch(/integer/);
  expect(fault({ ...good, text: '{"steppedUpAt":1,"secret":"x"}' })).toMatch(/additional/);
  expect(
    fault({ ...problem, refused: 'budget.spent', text: problem.text.replace('passkey.refused', 'budget.spent') }),
  ).toMatch(/allowed values/);
  expect(fault({ ...problem, refused: 'csrf' })).toMatch(/differ/);
  expect(fault({ ...good, target: '/api/nothing' })).toMatch(/undocumented/);
  expect(fault({ ...good, method: 'GET' })).toMatch(/undocumented/);
});
