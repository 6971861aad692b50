import { type QueryKey, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { ListLogsData, LogEntry } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { linesOf, type Part, type Parts, type PlaceOfPart, reachesTheEnd, withNews } from './lines';

export type LogFilters = NonNullable<ListLogsData['query']>;

const LINES_A_PART = 250;
/** Lines carry requests and answers: more parts than these would fill the memory, so the other end is let go of. */
const MOST_PARTS = 8;

async function load(filters: LogFilters, place: PlaceOfPart): Promise<Part> {
  const { data } = await geniacsService.getLogs({ ...filters, ...place, limit: LINES_A_PART });
  return { rows: data.logs, older: data.next_cursor, newer: data.prev_cursor };
}

/** Lines of the log in both directions, from its end or from both sides of one line. */
export function useLogLines(filters: LogFilters, line: number | undefined) {
  const queries = useQueryClient();
  const queryKey = useMemo(() => ['logs', filters, line], [filters, line]);
  const query = useInfiniteQuery<Part, Error, Parts, QueryKey, PlaceOfPart>({
    queryKey,
    queryFn: ({ pageParam }) => load(filters, pageParam),
    initialPageParam: line === undefined ? {} : { around: line },
    getNextPageParam: ({ older }): PlaceOfPart | undefined =>
      older === null ? undefined : { after: older },
    getPreviousPageParam: ({ newer }): PlaceOfPart | undefined =>
      newer === null ? undefined : { before: newer },
    maxPages: MOST_PARTS,
    // Lines never change: comparing thousands of them with each part that comes would be for nothing.
    structuralSharing: false,
    // What is new comes by the stream.
    staleTime: Number.POSITIVE_INFINITY,
  });

  const add = useCallback(
    (news: LogEntry[]) =>
      queries.setQueryData<Parts>(queryKey, (parts) =>
        parts && reachesTheEnd(parts) ? withNews(parts, news) : parts,
      ),
    [queries, queryKey],
  );
  /** Asks for what has come since the newest line. */
  const loadNews = useCallback(async () => {
    const parts = queries.getQueryData<Parts>(queryKey);
    if (!parts || !reachesTheEnd(parts)) return;
    const newest = parts.pages[0]?.rows[0]?.created_at;
    const place: PlaceOfPart = newest ? { from: newest } : {};
    for (let after: string | null = ''; after !== null; ) {
      const part: Part = await load(filters, { ...place, ...(after ? { after } : {}) });
      add(part.rows);
      after = newest ? part.older : null;
    }
  }, [queries, queryKey, filters, add]);

  const lines = useMemo(() => linesOf(query.data), [query.data]);
  return { query, lines, add, loadNews, reachesEnd: reachesTheEnd(query.data) };
}
