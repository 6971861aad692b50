import { useSyncExternalStore } from 'react';

export type NewsKind = 'syncs' | 'webhooks' | 'conflicts';

type News = { ids: Set<number>; unnamed: number };

const news: Record<NewsKind, News> = {
  syncs: { ids: new Set(), unnamed: 0 },
  webhooks: { ids: new Set(), unnamed: 0 },
  conflicts: { ids: new Set(), unnamed: 0 },
};
const listeners = new Set<() => void>();

function tell() {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Notes what has come since a list was loaded; `unnamed` counts what came without an id. */
export function noteNews(kind: NewsKind, ids: number[], unnamed = 0) {
  for (const id of ids) news[kind].ids.add(id);
  news[kind].unnamed += unnamed;
  tell();
}

export function forgetNews(kind: NewsKind) {
  news[kind] = { ids: new Set(), unnamed: 0 };
  tell();
}

/** How much has come since. */
export function useNews(kind: NewsKind | undefined): number {
  return useSyncExternalStore(subscribe, () =>
    kind === undefined ? 0 : news[kind].ids.size + news[kind].unnamed,
  );
}
