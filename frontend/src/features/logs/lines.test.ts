import { describe, expect, test } from 'vitest';
import type { LogEntry } from '../../api/generated';
import { linesOf, type Parts, reachesTheEnd, withNews } from './lines';

const line = (id: number) =>
  ({ id, created_at: `2026-01-01T10:00:${String(id).padStart(2, '0')}.000000Z` }) as LogEntry;
const parts = (...pages: number[][]): Parts => ({
  pages: pages.map((ids, place) => ({
    rows: ids.map(line),
    older: null,
    newer: place === 0 ? null : 'x',
  })),
  pageParams: pages.map(() => ({})),
});
const ids = (of: Parts) => linesOf(of).map(({ id }) => id);

describe('the lines of a log', () => {
  test('stand oldest first, each once', () => {
    expect(ids(parts([5, 4, 3], [3, 2, 1]))).toEqual([1, 2, 3, 4, 5]);
    expect(linesOf(undefined)).toEqual([]);
  });

  test('get what has come at their end, in its order, without what is there already', () => {
    expect(ids(withNews(parts([3, 2], [1]), [line(4), line(3), line(6), line(5)]))).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
    const same = parts([3]);
    expect(withNews(same, [line(3)])).toBe(same);
  });

  test('reach the end where nothing newer was left out', () => {
    expect(reachesTheEnd(parts([1]))).toBe(true);
    expect(
      reachesTheEnd({ pages: [{ rows: [], older: null, newer: 'x' }], pageParams: [{}] }),
    ).toBe(false);
  });
});
