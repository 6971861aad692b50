import { type QueryKey, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { ListLogsData, LogEntry } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { linesOf, type Part, type Parts, type PlaceOfPart, reachesTheEnd, withNews } from './lines';

export type LogFilters = NonNullable<ListLogsData['query']>;

const LINES_A_PART = 250;
/** Lines carry requests and answers: more parts than these would fill the memory, so the other end is let go of. */
const MOST_PARTS = 8;
/** Between what the gateway keeps of a moment, and what JavaScript keeps. */
const A_MOMENT_MS = 1;

async function load(filters: LogFilters, place: PlaceOfPart, limit = LINES_A_PART): Promise<Part> {
  const { data } = await geniacsService.getLogs({ ...filters, ...place, limit });
  return { rows: data.logs, older: data.next_cursor, newer: data.prev_cursor };
}

/** The line of a moment, and what is older. What is newer is found from there in the other direction. */
async function loadFrom(filters: LogFilters, to: string): Promise<Part> {
  const line = await load(filters, { to }, 1);
  if (line.older === null) return load(filters, {});
  const older = await load(filters, { after: line.older });
  return { ...older, rows: [...line.rows, ...older.rows] };
}

/** Lines of the log in both directions, from its end or from the moment of one line. */
export function useLogLines(filters: LogFilters, from: string | null) {
  const queries = useQueryClient();
  const queryKey = useMemo(() => ['logs', filters, from], [filters, from]);
  const start: PlaceOfPart = from
    ? { to: new Date(Date.parse(from) + A_MOMENT_MS).toISOString() }
    : {};
  const query = useInfiniteQuery<Part, Error, Parts, QueryKey, PlaceOfPart>({
    queryKey,
    queryFn: ({ pageParam }) =>
      pageParam.to ? loadFrom(filters, pageParam.to) : load(filters, pageParam),
    initialPageParam: start,
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
