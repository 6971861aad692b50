import type { Virtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { LogEntry } from '../../api/generated';
import { changeUrl } from '../../shared/useUrlParameter';
import type { useLogLines } from './useLogLines';

/** Nearer to an end of what is there than this, the next part is asked for. */
const NEAR = 30;
const AT_END_PX = 48;
/** Parts without a find, after which one is asked whether to search on. */
const MOST_VAIN = 5;

type Options = {
  virtualizer: Virtualizer<HTMLDivElement, Element>;
  log: ReturnType<typeof useLogLines>;
  /** Those that are shown. */
  lines: LogEntry[];
  /** What is scrolled, once it is there. */
  scroller: HTMLElement | null;
  /** The line that the address names. */
  chosen: number;
};

/** A line, and how far above the upper edge it begins: it stays there when others come before it. */
type Anchor = { id: number; above: number };

export function useLogScroll({ virtualizer, log, lines, scroller, chosen }: Options) {
  const { query, reachesEnd } = log;
  const [isFollowing, setFollowing] = useState(chosen === 0);
  // Known before the rows are drawn again, which the virtualizer does while it hears of the scrolling.
  const follows = useRef(chosen === 0);
  const follow = (next: boolean) => {
    follows.current = next;
    setFollowing(next);
    setMissedFrom(next ? undefined : newest);
  };
  const [missedFrom, setMissedFrom] = useState<number | undefined>();
  const anchor = useRef<Anchor | undefined>(undefined);
  const hasFound = useRef(false);
  const newest = lines.at(-1)?.id;

  const lastTop = useRef(0);
  const total = virtualizer.getTotalSize();

  const onScroll = () => {
    if (!scroller) return;
    const { scrollTop, scrollHeight, clientHeight } = scroller;
    const isUpwards = scrollTop < lastTop.current - 1;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < AT_END_PX;
    lastTop.current = scrollTop;
    anchor.current = anchorOf(virtualizer, lines, scrollTop);
    // What grows below does not end the following; only going up does.
    if (follows.current && isUpwards && !isAtEnd) follow(false);
    else if (!follows.current && !isUpwards && isAtEnd && reachesEnd) follow(true);
  };

  // Before it is painted: what one looks at stays where it is, or the end is followed.
  useLayoutEffect(() => {
    if (lines.length === 0 || !scroller) return;
    if (chosen !== 0 && !hasFound.current) {
      const place = lines.findIndex(({ id }) => id === chosen);
      if (place < 0) return;
      hasFound.current = true;
      virtualizer.scrollToIndex(place, { align: 'center' });
      return;
    }
    if (!follows.current) keepInPlace(virtualizer, scroller, lines, anchor.current);
  }, [lines, scroller, chosen, virtualizer]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: lines that come or are measured move the end
  useLayoutEffect(() => {
    if (scroller && follows.current) scroller.scrollTop = scroller.scrollHeight;
  }, [lines, total, scroller, isFollowing]);

  const vain = useVain(lines.length, query.data?.pages.length ?? 0);
  useMore({
    virtualizer,
    log,
    lines,
    mustAsk: vain.mustAsk,
    isReady: chosen === 0 || hasFound.current,
  });

  return {
    isFollowing,
    onScroll,
    missed: missedSince(lines, missedFrom),
    mustAsk: vain.mustAsk,
    searchOn: () => {
      vain.forget();
      void query.fetchNextPage();
    },
    toEnd: () => {
      follow(true);
      // From the middle of the log, its end is loaded anew.
      changeUrl({ line: undefined });
    },
  };
}

function missedSince(lines: { id: number }[], from: number | undefined): number {
  if (from === undefined) return 0;
  const place = lines.findLastIndex(({ id }) => id === from);
  return place < 0 ? 0 : lines.length - 1 - place;
}

function anchorOf(
  virtualizer: Options['virtualizer'],
  lines: { id: number }[],
  offset: number,
): Anchor | undefined {
  const first = virtualizer.getVirtualItemForOffset(offset);
  const id = first && lines[first.index]?.id;
  return first && id !== undefined ? { id, above: offset - first.start } : undefined;
}

function keepInPlace(
  virtualizer: Options['virtualizer'],
  scroller: HTMLElement,
  lines: { id: number }[],
  anchor: Anchor | undefined,
) {
  if (!anchor) return;
  const place = lines.findIndex(({ id }) => id === anchor.id);
  const start = place < 0 ? undefined : virtualizer.measurementsCache[place]?.start;
  if (start !== undefined) scroller.scrollTop = start + anchor.above;
}

/** Parts that have brought no line, one after the other: a search for what is rare may go through the whole log. */
function useVain(lines: number, parts: number) {
  const [since, setSince] = useState({ lines, parts });
  useEffect(() => {
    if (lines !== since.lines) setSince({ lines, parts });
  }, [lines, parts, since.lines]);
  return {
    mustAsk: parts - since.parts >= MOST_VAIN,
    forget: () => setSince({ lines, parts }),
  };
}

type MoreOptions = Pick<Options, 'virtualizer' | 'log' | 'lines'> & {
  mustAsk: boolean;
  isReady: boolean;
};

/** Asks for the next part where one comes near to an end of what is there. */
function useMore({ virtualizer, log: { query }, lines, mustAsk, isReady }: MoreOptions) {
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  const { hasNextPage, hasPreviousPage, isFetching, isError, fetchNextPage, fetchPreviousPage } =
    query;

  useEffect(() => {
    if (isFetching || isError || !isReady) return;
    if (first < NEAR && hasNextPage && !mustAsk) void fetchNextPage();
    else if (last > lines.length - NEAR && hasPreviousPage) void fetchPreviousPage();
  }, [
    first,
    last,
    lines.length,
    hasNextPage,
    hasPreviousPage,
    isFetching,
    isError,
    isReady,
    mustAsk,
    fetchNextPage,
    fetchPreviousPage,
  ]);
}
