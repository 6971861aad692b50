import { describe, expect, test } from 'vitest';
import { lastThirtyDays } from './days';

describe('the days that statistics begin with', () => {
  test('are the last thirty, across a change of the year', () => {
    const noon = new Date(2026, 0, 15, 12);
    expect(lastThirtyDays(noon)).toEqual({ from: '2025-12-16', to: '2026-01-15' });
  });

  test('are the viewer’s, also shortly before midnight', () => {
    const late = new Date(2026, 2, 1, 23, 59);
    expect(lastThirtyDays(late).to).toBe('2026-03-01');
  });
});
