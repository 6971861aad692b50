import { describe, expect, test } from 'vitest';
import { boundsOfDay, dayOf } from './days';

describe('a day in a zone', () => {
  test('begins and ends at the zone’s midnight', () => {
    expect(boundsOfDay('2026-01-31', 'Asia/Jakarta')).toEqual({
      from: '2026-01-30T17:00:00.000Z',
      to: '2026-01-31T16:59:59.999Z',
    });
    expect(boundsOfDay('2026-01-31', 'UTC')?.from).toBe('2026-01-31T00:00:00.000Z');
  });

  test('has 23 hours where the clock is put forward', () => {
    expect(boundsOfDay('2026-03-29', 'Europe/Berlin')).toEqual({
      from: '2026-03-28T23:00:00.000Z',
      to: '2026-03-29T21:59:59.999Z',
    });
  });

  test('is the one that the zone’s calendar shows', () => {
    expect(dayOf(Date.parse('2026-01-30T17:00:00Z'), 'Asia/Jakarta')).toBe('2026-01-31');
    expect(dayOf(Date.parse('2026-01-30T16:59:59Z'), 'Asia/Jakarta')).toBe('2026-01-30');
  });

  test('is none where the text is none', () => {
    expect(boundsOfDay('', 'UTC')).toBeUndefined();
  });
});
