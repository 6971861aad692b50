import type { InfiniteData } from '@tanstack/react-query';
import type { LogEntry } from '../../api/generated';

/** A part of the log, newest first, and where it goes on: `older` behind it, `newer` before it. */
export type Part = { rows: LogEntry[]; older: string | null; newer: string | null };
export type Parts = InfiniteData<Part, PlaceOfPart>;
export type PlaceOfPart = {
  after?: string;
  before?: string;
  from?: string;
  /** The number of a line that is to be in the middle. */
  around?: number;
};

/** All lines that are there, oldest first, each once. */
export function linesOf(parts: Parts | undefined): LogEntry[] {
  const lines: LogEntry[] = [];
  const seen = new Set<number>();
  for (const { rows } of parts?.pages ?? []) {
    for (const row of rows) {
      if (seen.has(row.id)) continue;
      seen.add(row.id);
      lines.push(row);
    }
  }
  return lines.reverse();
}

/** Puts lines that have just come in front of what is there; those that are known already are left out. */
export function withNews(parts: Parts, news: LogEntry[]): Parts {
  const known = new Set(parts.pages.flatMap(({ rows }) => rows.map(({ id }) => id)));
  const fresh = news.filter(({ id }) => !known.has(id)).sort(newestFirst);
  const [first] = parts.pages;
  if (fresh.length === 0 || first === undefined) return parts;
  return {
    ...parts,
    pages: [{ ...first, rows: [...fresh, ...first.rows] }, ...parts.pages.slice(1)],
  };
}

const newestFirst = (a: LogEntry, b: LogEntry) =>
  b.created_at.localeCompare(a.created_at) || b.id - a.id;

/** Whether the newest lines that there are stand in it: others may be put in front. */
export function reachesTheEnd(parts: Parts | undefined): boolean {
  return parts?.pages[0]?.newer === null;
}
