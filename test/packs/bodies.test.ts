// Bodies of every type, what is taken from them, and what a signature covers of them.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readCsv } from '../../src/proxy/recognise/bodyReaders/csv.ts';
import { packFaults, recogniserFor, tell } from './kit.ts';

const json = 'application/json';
const form = 'application/x-www-form-urlencoded';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const plist = (inside: string, head = '') =>
  `<?xml version="1.0" encoding="UTF-8"?>${head}<plist version="1.0">${inside}</plist>`;
const APPLE = '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">';
const erase =
  '<dict><key>Command</key><dict><key>RequestType</key><string>EraseDevice</string><key>PIN</key><integer>1</integer></dict></dict>';

const recogniser = recogniserFor(`
  - { id: update, request: 'PUT /computers/{device}', action: device.update, body: { type: xml, fields: any, may: { /computer/general/managed: 'true' } }, targets: [{ path: device }] }
  - { id: unmanage, request: 'PUT /computers/{device}', action: device.wipe, body: { type: xml, fields: any, where: { /computer/general/managed: 'false' } }, targets: [{ path: device }] }
  - { id: xmlgroup, request: POST /xmlgroup, action: device.lock, body: { type: xml, fields: [name] }, targets: [{ kind: device, xml: /group/devices/device/id }, { kind: device, xml: '/group/@owner', optional: true }] }
  - { id: erase, request: 'PUT /enqueue/{device:list}', action: device.wipe, body: { type: plist, fields: any, where: { /Command/RequestType: EraseDevice }, media: [application/xml, none] }, targets: [{ path: device }] }
  - { id: command, request: 'PUT /enqueue/{device:list}', action: device.wipe, otherwise: true, body: { type: plist, fields: any, media: [application/xml, none] }, targets: [{ path: device }] }
  - { id: inner, request: POST /run, action: device.wipe, body: { type: json, decode: { /command: base64-plist }, where: { /command/Command/RequestType: EraseDevice } }, targets: [{ kind: device, json: /ids/* }] }
  - { id: table, request: POST /table, action: device.lock, body: { type: csv }, targets: [{ kind: device, csv: Serial }] }
  - { id: file, request: POST /file, action: device.lock, body: { type: multipart, fields: [note] }, targets: [{ kind: device, csv: serial, file: upload }] }
  - { id: bare, request: POST /bare, action: device.lock, body: { type: csv }, targets: [{ kind: device, csv: 2 }] }
  - { id: text, request: POST /text, action: device.lock, body: { type: text, where: { text: [now, later] } } }
  - { id: patch, request: PATCH /media, action: device.lock, body: { type: json, media: [application/merge-patch+json], fields: any } }
  - { id: lists, request: POST /lists, action: device.lock, body: { type: form }, targets: [{ kind: device, form: ids, list: ',' }] }
  - { id: all, request: POST /all, action: device.wipe, targets: [{ all: device }] }
  - { id: objects, request: POST /objects, action: device.lock, body: { type: json }, targets: [{ kind: device, json: /devices/*/id }] }
  - { id: signed-form, request: POST /signed, action: device.lock, body: { type: form, fields: [a, b] }, volatile: [csrf] }
  - { id: signed-json, request: POST /signedjson, action: device.lock, body: { type: json, fields: [a, b] }, volatile: [/meta/csrf] }
  - { id: unsigned, request: POST /unsigned, action: device.lock, body: { type: json, fields: [a] } }
`);
const send = (url: string, body: string, type?: string, method = 'POST') =>
  tell(recogniser, type === undefined ? { method, url, body } : { method, url, type, body });

describe('XML', () => {
  const put = (body: string) => send('/computers/a', body, 'text/xml', 'PUT');

  test('tells entries apart by an element', async () => {
    expect((await put('<computer><general><name>x</name></general></computer>')).entry).toBe('update');
    expect(
      (
        await put(
          '<?xml version="1.0" encoding="utf-8"?><computer><general><managed>true</managed></general></computer>',
        )
      ).entry,
    ).toBe('update');
    expect((await put('<computer><general><managed>false</managed></general></computer>')).entry).toBe('unmanage');
    expect((await put('<computer><general><managed><![CDATA[false]]></managed></general></computer>')).entry).toBe(
      'unmanage',
    );
    expect((await put('<computer><general><managed>&#102;alse</managed></general></computer>')).entry).toBe('unmanage');
  });

  test('that means neither for certain is unknown', async () => {
    for (const managed of [
      '<managed>FALSE</managed>',
      '<managed> false</managed>',
      '<managed/>',
      '<managed>true</managed><managed>false</managed>',
    ])
      expect((await put(`<computer><general>${managed}</general></computer>`)).is, managed).toBe('unknown.write');
    expect((await put('<other><general><managed>true</managed></general></other>')).is).toBe('unknown.write');
  });

  test('that two readers could take apart differently is refused', async () => {
    const inside = '<computer><general/></computer>';
    for (const body of [
      `<!DOCTYPE computer>${inside}`,
      `<!DOCTYPE computer [<!ENTITY x "false">]><computer><general><managed>&x;</managed></general></computer>`,
      `<?php x?>${inside}`,
      '<computer><!-- x --><general/></computer>',
      '<computer xmlns:a="b"><a:general/></computer>',
      '<computer><general xmlns="b"/></computer>',
      '<computer>text<general/></computer>',
      '<computer><Managed/><GENERAL/></computer>',
      '<computer><general></computer>',
      `${inside}${inside}`,
      `\ufeff${inside}`,
      '<?xml version="1.0" encoding="utf-16"?><computer/>',
      `${'<a>'.repeat(40)}${'</a>'.repeat(40)}`,
    ])
      expect((await put(body)).is, body).toBe('body.unreadable');
  });

  test('has targets in elements that stand there several times, and in attributes', async () => {
    const body =
      '<group owner="c"><name>n</name><devices><device><id>a</id></device><device><id>b</id></device></devices></group>';
    expect((await send('/xmlgroup', body, 'application/xml')).targets).toEqual(['device:a', 'device:b', 'device:c']);
    expect((await send('/xmlgroup', '<group><devices/></group>', 'application/xml')).is).toBe('body.unreadable');
    expect((await send('/xmlgroup', body.replace('<name>', '<x/><name>'), 'application/xml')).is).toBe('unknown.write');
  });
});

describe('a property list', () => {
  const put = (body: string, type?: string) => send('/enqueue/a,b', body, type, 'PUT');

  test("is read with and without Apple's document type", async () => {
    expect(await put(plist(erase, APPLE))).toMatchObject({ entry: 'erase', targets: ['device:a', 'device:b'] });
    expect((await put(plist(erase), 'application/xml')).entry).toBe('erase');
    expect((await put(plist(erase.replace('EraseDevice', 'Reboot')))).entry).toBe('command');
  });

  test('is refused in any other form', async () => {
    for (const body of [
      plist(erase, '<!DOCTYPE plist SYSTEM "file:///x">'),
      plist(erase, APPLE.replace('>', ' [<!ENTITY a "b">]>')),
      plist(erase.replace('<integer>1</integer>', '<integer>0x1</integer>')),
      plist('<dict><key>Command</key><dict/><key>command</key><dict/></dict>'),
      plist('<dict><key>Command</key></dict>'),
      plist(`${erase}${erase}`),
      'bplist00xxxxxx',
    ])
      expect((await put(body)).is, body).toBe('body.unreadable');
    expect((await put(plist(erase), 'text/plain')).is).toBe('body.unreadable');
  });

  test('is found in a string of a JSON body', async () => {
    const body = (text: string) => JSON.stringify({ command: text, ids: ['a'] });
    const base64 = Buffer.from(plist(erase)).toString('base64');
    expect(await send('/run', body(base64), json)).toMatchObject({ entry: 'inner', targets: ['device:a'] });
    expect(
      (await send('/run', body(Buffer.from(plist(erase.replace('Erase', 'X'))).toString('base64')), json)).is,
    ).toBe('unknown.write');
    for (const odd of [`${base64}=`, ` ${base64}`, '!!!', Buffer.from('{}').toString('base64')])
      expect((await send('/run', body(odd), json)).is, odd).toBe('body.unreadable');
  });
});

describe('a table', () => {
  test('has its targets in a column', async () => {
    expect((await send('/table', 'Name,serial\r\n"x, ""y""",a\r\nz,b\r\n', 'text/csv')).targets).toEqual([
      'device:a',
      'device:b',
    ]);
    expect((await send('/bare', 'x,a\ny,b', 'text/csv')).targets).toEqual(['device:a', 'device:b']);
    const part = (disposition: string, text: string) =>
      `--q\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${text}\r\n`;
    const body = `${part('name="note"', 'n')}${part('name="upload"; filename="x.csv"', 'serial\na\n')}--q--\r\n`;
    expect((await send('/file', body, 'multipart/form-data; boundary=q')).targets).toEqual(['device:a']);
    expect((await send('/file', body.replace('; filename="x.csv"', ''), 'multipart/form-data; boundary=q')).is).toBe(
      'body.unreadable',
    );
  });

  test('without rows, without the column, or of another form is refused', async () => {
    for (const body of [
      'serial\n',
      'serial\n\n',
      'name\na\n',
      'serial,Serial\na,b\n',
      'serial,x\na\n',
      'serial\n"a\n',
      'serial\na"b\n',
      'x;serial\n1;a\n',
      'serial\n=1+1\n',
    ])
      expect((await send('/table', body, 'text/csv')).is, body).toBe('body.unreadable');
  });

  test('keeps empty cells at the end of a row', () => {
    expect(readCsv('a,b\n1,\n,')).toEqual([
      ['a', 'b'],
      ['1', ''],
      ['', ''],
    ]);
  });
});

test('texts, other content types, lists in a field, and everything at once', async () => {
  expect((await send('/text', 'now', 'text/plain')).entry).toBe('text');
  expect((await send('/text', 'now ', 'text/plain')).is).toBe('unknown.write');
  expect((await send('/media', '{"a":1}', 'application/merge-patch+json', 'PATCH')).entry).toBe('patch');
  expect((await send('/media', '{"a":1}', json, 'PATCH')).is).toBe('body.unreadable');
  expect((await send('/lists', 'ids=a,b&ids=c', form)).targets).toEqual(['device:a', 'device:b', 'device:c']);
  expect((await send('/lists', 'ids=a,', form)).is).toBe('body.unreadable');
  expect(await send('/all', '')).toMatchObject({ targets: ['device:*'], title: 'Wipe all devices: all of them' });
  expect((await send('/objects', '{"devices":[{"id":"a"},{"id":"b"}]}', json)).targets).toEqual([
    'device:a',
    'device:b',
  ]);
});

describe('what is signed', () => {
  const digest = async (url: string, body: string, type: string) => (await send(url, body, type)).action?.signedDigest;

  test('of a form leaves out the volatile values and nothing else', async () => {
    const one = await digest('/signed', 'a=1&csrf=x&b=%C3%A9', form);
    expect(one).toBe(sha256('sallyport.signed.v1 form [["a","1"],["csrf",""],["b","é"]]'));
    expect(await digest('/signed', 'a=1&csrf=other&b=%C3%A9', form)).toBe(one);
    for (const body of [
      'a=2&csrf=x&b=%C3%A9',
      'a=1&b=%C3%A9',
      'a=1&csrf=x&csrf=y&b=%C3%A9',
      'csrf=x&a=1&b=%C3%A9',
      'a=1&csrf=x&b=%C3%A9&a=1',
    ])
      expect(await digest('/signed', body, form), body).not.toBe(one);
  });

  test('of JSON leaves out what stands at the pointer and nothing else', async () => {
    const one = await digest('/signedjson', '{ "a": 1.0, "meta": {"csrf": "x", "k": "\\u0061"} }', json);
    expect(one).toBe(sha256('sallyport.signed.v1 json {"a":1.0,"meta":{"csrf":null,"k":"a"}}'));
    expect(await digest('/signedjson', '{"a":1.0,"meta":{"csrf":{"deep":[1]},"k":"a"}}', json)).toBe(one);
    for (const body of [
      '{"a":1,"meta":{"csrf":"x","k":"a"}}',
      '{"a":1.0,"meta":{"k":"a"}}',
      '{"meta":{"csrf":"x","k":"a"},"a":1.0}',
      '{"a":1.0,"b":null,"meta":{"csrf":"x","k":"a"}}',
    ])
      expect(await digest('/signedjson', body, json), body).not.toBe(one);
  });

  test('without volatile members is the very bytes', async () => {
    expect(await digest('/unsigned', '{"a":1}', json)).toBe(undefined);
  });

  test('leaves out nothing that decides what a request does', () => {
    const said = (more: string) => packFaults(`  - { id: a, request: POST /a, action: device.lock, ${more} }\n`).join();
    expect(said('body: { type: json, where: { /do: x } }, volatile: [/do]')).toMatch(/a signature must cover it/);
    expect(said('body: { type: json }, targets: [{ kind: device, json: /a/ids/* }], volatile: [/a]')).toMatch(
      /must cover it/,
    );
    expect(said('body: { type: form }, targets: [{ kind: device, form: id }], volatile: [id]')).toMatch(
      /must cover it/,
    );
    expect(said('body: { type: json }, volatile: [/a/*]')).toMatch(/no \* in it/);
    expect(said('body: { type: multipart }, volatile: [a]')).toMatch(/only members of forms and JSON/);
    expect(said("body: { type: json }, title: 'Lock {field /name}', volatile: [/name]")).toMatch(/must cover it/);
  });
});
