import { expect, it } from 'vitest';
import { toCsv } from '../../portal/src/lib/csv.ts';

it('quotes what needs quotes and doubles quotes inside', () => {
  expect(
    toCsv(
      ['a', 'b'],
      [
        ['x,y', 'say "hi"'],
        ['two\nlines', null],
      ],
    ),
  ).toBe('a,b\r\n"x,y","say ""hi"""\r\n"two\nlines",\r\n');
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', ' =1', '\uFF1D1'])(
  'turns the formula %j into text',
  (cell) => {
    expect(toCsv([cell], []).replace(/^"/, '')).toMatch(/^'/);
  },
);

it('leaves numbers numbers, negative ones too', () => {
  expect(toCsv([], [[-5, 12]])).toBe('\r\n-5,12\r\n');
});
