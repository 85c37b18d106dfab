import { describe, expect, it } from 'vitest';
import {
  clockTime,
  countdown,
  minutesInWords,
  moment,
  preciseTime,
  relative,
  span,
  took,
  utc,
} from '../../portal/src/lib/time.ts';

const NOON = Date.UTC(2026, 10, 23, 12, 0, 0);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('moments in words', () => {
  it('says how far and what time it is then, in the reader’s zone', () => {
    expect(moment(NOON + 12 * MINUTE, NOON, 'UTC')).toBe('in 12 minutes (12:12)');
    expect(moment(NOON + 12 * MINUTE, NOON, 'Europe/Berlin')).toBe('in 12 minutes (13:12)');
    expect(moment(NOON - 2 * HOUR, NOON, 'America/New_York')).toBe('2 hours ago (05:00)');
  });
  it('counts the singular as one', () => {
    expect(relative(NOON + MINUTE, NOON)).toBe('in 1 minute');
    expect(span(1000)).toBe('1 second');
  });
  it('does not count seconds around the present', () => {
    expect(relative(NOON - 2000, NOON)).toBe('just now');
    expect(relative(NOON + 2000, NOON)).toBe('in a moment');
    expect(relative(NOON - 40_000, NOON)).toBe('40 seconds ago');
  });
  it('adds as much of the date as is needed', () => {
    expect(clockTime(NOON, NOON + HOUR, 'UTC')).toBe('12:00');
    expect(clockTime(NOON - 24 * HOUR, NOON, 'UTC')).toBe('Sun 12:00');
    expect(clockTime(NOON - 20 * 24 * HOUR, NOON, 'UTC')).toBe('3 Nov, 12:00');
    expect(clockTime(NOON - 400 * 24 * HOUR, NOON, 'UTC')).toBe('19 Oct 2025, 12:00');
  });
  it('takes midnight of the reader’s zone for the change of day', () => {
    const late = Date.UTC(2026, 10, 23, 23, 30);
    expect(clockTime(late + HOUR, late, 'UTC')).toBe('Tue 00:30');
    expect(clockTime(late + HOUR, late, 'Europe/Berlin')).toBe('01:30');
  });
  it('writes absolute times in UTC', () => {
    expect(utc(NOON + 5000)).toBe('2026-11-23 12:00:05 UTC');
    expect(preciseTime(NOON + 5000, 'UTC')).toBe('12:00:05');
  });
});

describe('spans', () => {
  it('rounds to what people say', () => {
    expect(span(89 * MINUTE)).toBe('89 minutes');
    expect(span(2 * HOUR)).toBe('2 hours');
    expect(span(50 * HOUR)).toBe('2 days');
  });
  it('counts down to zero and never below', () => {
    expect(countdown(12 * MINUTE + 5000)).toBe('12:05');
    expect(countdown(HOUR + 2 * MINUTE + 5000)).toBe('1:02:05');
    expect(countdown(-1)).toBe('0:00');
  });
  it('says what took how long, and how many minutes', () => {
    expect([took(38), took(1234), took(3 * MINUTE)]).toEqual(['38 ms', '1.2 s', '3 min']);
    expect([minutesInWords(30), minutesInWords(60), minutesInWords(240), minutesInWords(90)]).toEqual([
      '30 minutes',
      '1 hour',
      '4 hours',
      '90 minutes',
    ]);
  });
});
