import { useEffect, useRef } from 'react';
import type { LogEntry } from '../../api/generated';
import { listenLive } from '../../live/listeners';
import { followSyncLog } from '../../live/syncLog';

/** Syncs write most lines; their events come more often than one wants to ask. */
const PAUSE_MS = 2_000;

type News = { add: (lines: LogEntry[]) => void; loadNews: () => Promise<void> };

/** Brings lines as they are written: those of one sync by its own stream, all others when the stream tells of work. */
export function useNewLines(syncId: number | undefined, isUnderWay: boolean, news: News) {
  const latest = useRef(news);
  useEffect(() => {
    latest.current = news;
  });

  useEffect(() => {
    if (syncId === undefined || !isUnderWay) return;
    const ask = () => void latest.current.loadNews().catch(() => {});
    const end = followSyncLog(syncId, {
      onLine: (line) => latest.current.add([line]),
      onOpen: ask,
    });
    return () => {
      end();
      // The last lines are written as it ends.
      ask();
    };
  }, [syncId, isUnderWay]);

  useEffect(() => {
    if (syncId !== undefined) return;
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const end = listenLive(({ kind }) => {
      if (kind !== 'sync' && kind !== 'webhook') return;
      waiting ??= setTimeout(() => {
        waiting = undefined;
        void latest.current.loadNews().catch(() => {});
      }, PAUSE_MS);
    });
    return () => {
      end();
      clearTimeout(waiting);
    };
  }, [syncId]);
}
