import type { LogEntry } from '../api/generated';

type Listener = { onLine: (line: LogEntry) => void; onOpen: () => void };

/**
 * The log of one sync, line by line, by a stream that is narrowed to it. It is open only while the page is in sight:
 * browsers allow few connections to one address. `onOpen` asks for what was missed before.
 */
export function followSyncLog(syncId: number, { onLine, onOpen }: Listener): () => void {
  const ending = new AbortController();
  let source: EventSource | undefined;

  const open = () => {
    if (source) return;
    source = new EventSource(`/api/geniacs/events/stream?sync_id=${syncId}`);
    source.onopen = onOpen;
    source.addEventListener('log', ({ data }: MessageEvent<string>) => onLine(JSON.parse(data)));
  };
  const close = () => {
    source?.close();
    source = undefined;
  };
  const follow = () => (document.visibilityState === 'visible' ? open() : close());

  document.addEventListener('visibilitychange', follow, { signal: ending.signal });
  follow();
  return () => {
    ending.abort();
    close();
  };
}
