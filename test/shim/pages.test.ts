// The pages as text: nothing from outside becomes markup, the policy and the page agree, and words come without script.
import { describe, expect, test } from 'vitest';
import { pagePolicy } from '../../src/proxy/pages/html.ts';
import { renderProblemPage } from '../../src/proxy/pages/problemPage.ts';
import { renderRefusalPage } from '../../src/proxy/pages/refusalPage.ts';

const BAD = `</script><script>alert(1)</script><img src=x onerror=alert(1)>"'\`&<!--\u2028`;
const nonce = 'n0nce_-x';
const problem = {
  ...{ title: BAD, status: 403, reason: BAD, next: BAD, why: BAD, request: BAD, policies: [BAD], portal: BAD },
  action: { name: BAD, title: BAD, effect: BAD },
  targets: [{ kind: BAD, id: BAD }],
  console: { id: BAD, name: BAD },
};
const plain = { title: 'Your passkey is needed', status: 403, reason: 'stepup.required', next: 'Confirm.' };
const scriptsIn = (html: string) => [...html.matchAll(/<script([^>]*)>/g)].map((match) => match[1]?.trim());

describe('the refusal page', () => {
  test('escapes every word, the form and its data included', () => {
    const html = renderRefusalPage({ problem, nonce, method: 'POST', form: { action: BAD, fields: [[BAD, BAD]] } });
    expect(html).not.toContain('<img');
    expect(html).not.toContain('<!--');
    expect(scriptsIn(html)).toEqual([
      'type="application/json" id="sallyport-refused"',
      `src="/.sallyport/page.js" nonce="${nonce}"`,
    ]);
    const data = /id="sallyport-refused">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
    expect(JSON.parse(data).problem).toEqual(problem);
  });

  test('has neither inline style nor inline handler, and its one style carries the nonce of the policy', () => {
    const html = renderRefusalPage({ problem: plain, nonce });
    expect(html).not.toMatch(/\sstyle=|\son[a-z]+=/);
    expect([...html.matchAll(/<style nonce="([^"]+)"/g)].map((match) => match[1])).toEqual([nonce]);
    expect(pagePolicy(nonce)).toContain(`style-src 'nonce-${nonce}'`);
    expect(pagePolicy(nonce)).toContain("default-src 'none'");
  });

  test('keeps line breaks of the fields, and posts to a path of this origin only', () => {
    const form = { action: '/settings?a=1&b=2', fields: [['notes', 'two\r\nlines']] as const };
    const html = renderRefusalPage({ problem: plain, nonce, method: 'POST', form });
    expect(html).toContain('value="two&#13;&#10;lines"');
    expect(html).toContain('action="/settings?a=1&#38;b=2"');
    for (const action of ['//evil.test/', '/\\evil.test', 'https://evil.test/', 'javascript:x']) {
      const hostile = renderRefusalPage({ problem: plain, nonce, method: 'POST', form: { action, fields: [] } });
      expect(hostile).toContain('action="/"');
    }
  });

  test('says when what was sent cannot be sent from here, and looks again only for what passes by itself', () => {
    expect(renderRefusalPage({ problem: plain, nonce, method: 'POST' })).toContain('Go back and send it again.');
    expect(renderRefusalPage({ problem: plain, nonce })).not.toContain('Go back and send it again.');
    const down = { ...plain, status: 502, reason: 'upstream.failed' };
    expect(renderRefusalPage({ problem: down, nonce })).toContain('looks again by itself');
    expect(renderRefusalPage({ problem: down, nonce, method: 'POST' })).not.toContain('looks again by itself');
    expect(renderRefusalPage({ problem: plain, nonce })).not.toContain('looks again by itself');
  });
});

describe('the problem page', () => {
  test('escapes every word and has no script', () => {
    const html = renderProblemPage({ problem, nonce, place: BAD, link: { href: `/${BAD}`, text: BAD } });
    expect(html).not.toContain('<img');
    expect(scriptsIn(html)).toEqual([]);
  });

  test.each(['javascript:alert(1)', '//evil.test', '/\\evil.test', 'data:text/html,x', ''])(
    'the link %j is left out',
    (href) => {
      expect(renderProblemPage({ problem: plain, nonce, link: { href, text: 'Go' } })).not.toContain('<a ');
    },
  );

  test('a link to the portal or to a path stays', () => {
    for (const href of ['/', 'https://portal.example.com/'])
      expect(renderProblemPage({ problem: plain, nonce, link: { href, text: 'Go' } })).toContain(`href="${href}"`);
  });
});
