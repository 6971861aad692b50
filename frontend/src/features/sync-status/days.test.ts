import { describe, expect, test } from 'vitest';
import { lastThirtyDays } from './days';

describe('the days that statistics begin with', () => {
  test('are the last thirty, across a change of the year', () => {
    const noon = new Date('2026-01-15T12:00:00Z');
    expect(lastThirtyDays(noon, 'UTC')).toEqual({ from: '2025-12-16', to: '2026-01-15' });
  });

  test('are those of the zone, also shortly after its midnight', () => {
    const late = new Date('2026-02-28T17:01:00Z');
    expect(lastThirtyDays(late, 'Asia/Jakarta').to).toBe('2026-03-01');
  });
});
