import type { InvalidateQueryFilters, Query, QueryClient, QueryKey } from '@tanstack/react-query';
import type { Operation, Sync } from '../api/generated';
import { integrationsKey } from '../features/integrations/useIntegrations';
import type { geniacsService } from '../services/geniacsService';
import type { Stretch } from '../shared/list/useList';
import { forgetNews, noteNews } from './news';
import type { LiveEvent } from './stream';

type SyncEvent = Partial<Sync> & { id: number; status: Sync['status'] };
type SyncAnswer = Awaited<ReturnType<typeof geniacsService.getSyncStatus>>;

const ATTENTION_PAUSE_MS = 3_000;
const hasEnded = (status: string) => !['pending', 'processing'].includes(status);

/** Brings what is shown to where the stream says that it is. Lists keep their rows; what is new is counted. */
export function applyLive(queries: QueryClient, { kind, data }: LiveEvent) {
  switch (kind) {
    case 'sync':
      return applySync(queries, data as SyncEvent);
    case 'integration':
      return refresh(queries, { queryKey: ['integration-health'] });
    case 'webhook':
      noteNews('webhooks', [], (data as { count: number }).count);
      return refreshAttention(queries);
    case 'conflict':
      return applyConflict(queries, data as { id: number; state: string });
    case 'operation':
      return applyOperation(queries, data as Operation);
    case 'ready':
      return refreshUnderWay(queries, data as { resumed: boolean });
    case 'reset':
      for (const list of ['syncs', 'webhooks', 'conflicts'] as const) forgetNews(list);
      return refresh(queries, {});
    default:
      return;
  }
}

/**
 * Asks anew. What is being asked for the first time is asked once more after its answer, which may be of a moment before the
 * event: `invalidateQueries` alone leaves such a query to the answer that is on its way.
 */
function refresh(queries: QueryClient, filters: InvalidateQueryFilters) {
  refreshOnceAnswered(queries, filters.queryKey);
  void queries.invalidateQueries(filters);
}

const toBeAskedAgain = new WeakSet<Query>();

/** Asks again for what is being asked for now, after the answer: however many events come, none keeps it from arriving. */
function refreshOnceAnswered(queries: QueryClient, queryKey: QueryKey = []) {
  for (const query of queries.getQueryCache().findAll({ queryKey, fetchStatus: 'fetching' })) {
    if (toBeAskedAgain.has(query)) continue;
    toBeAskedAgain.add(query);
    const askAgain = () => {
      toBeAskedAgain.delete(query);
      return queries.invalidateQueries({ queryKey: query.queryKey, exact: true });
    };
    void query.promise?.then(askAgain, askAgain);
  }
}

function applySync(queries: QueryClient, event: SyncEvent) {
  const before = queries.getQueryData<SyncAnswer>(['sync', event.id]);
  if (before) {
    queries.setQueryData<SyncAnswer>(['sync', event.id], {
      ...before,
      data: { ...before.data, sync: { ...before.data.sync, ...event } },
    });
  }

  const isListed = patchLists(queries, event);
  if (!isListed) noteNews('syncs', [event.id]);
  if (hasEnded(event.status)) {
    refresh(queries, { queryKey: ['sync', event.id] });
    // The rows of lists move on by the event itself, unless an older answer is still on its way.
    refreshOnceAnswered(queries, ['syncs']);
    refresh(queries, { queryKey: ['syncs', 'checks'] });
    refresh(queries, { queryKey: ['geniacs-statistics'] });
    // The cards count syncs, and the first steps go on with the first one.
    refresh(queries, { queryKey: integrationsKey });
    refreshAttention(queries);
  }
}

/** What could not be loaded, and what was under way when it was loaded and may have ended before the stream began to tell. */
function refreshUnderWay(queries: QueryClient, { resumed }: { resumed: boolean }) {
  void queries.invalidateQueries({ predicate: ({ state }) => state.status === 'error' });
  if (resumed) return;
  const isUnderWay = ({ status }: { status: string }) => !hasEnded(status);
  for (const kind of ['operation', 'sync', 'syncs']) refreshOnceAnswered(queries, [kind]);

  void queries.invalidateQueries({
    queryKey: ['operation'],
    predicate: ({ state }) =>
      (state.data as OperationAnswer | undefined)?.data.operation.state === 'running',
  });
  void queries.invalidateQueries({
    queryKey: ['sync'],
    predicate: ({ queryKey, state }) => {
      if (queryKey.length > 2) return false;
      const answer = state.data as SyncAnswer | undefined;
      return answer !== undefined && isUnderWay(answer.data.sync);
    },
  });
  void queries.invalidateQueries({
    queryKey: ['syncs'],
    predicate: ({ state }) =>
      (state.data as Stretch<Sync> | undefined)?.rows.some(isUnderWay) ?? false,
  });
}

function patchLists(queries: QueryClient, event: SyncEvent): boolean {
  let isListed = false;
  queries.setQueriesData<Stretch<Sync>>({ queryKey: ['syncs'] }, (list) => {
    const row = list?.rows.find(({ id }) => id === event.id);
    if (!list || !row) return list;
    isListed = true;
    return {
      ...list,
      rows: list.rows.map((sync) => (sync === row ? { ...sync, ...event } : sync)),
    };
  });
  return isListed;
}

function applyConflict(queries: QueryClient, { id, state }: { id: number; state: string }) {
  if (state === 'open') noteNews('conflicts', [id]);
  refreshAttention(queries);
}

type OperationAnswer = Awaited<ReturnType<typeof geniacsService.getOperation>>;

/** An operation that is shown moves on. What failed in it is asked for once it has ended. */
function applyOperation(queries: QueryClient, operation: Operation) {
  const queryKey = ['operation', operation.id];
  const before = queries.getQueryData<OperationAnswer>(queryKey);
  if (before && before.data.operation.left >= operation.left) {
    queries.setQueryData<OperationAnswer>(queryKey, {
      ...before,
      data: { ...before.data, operation },
    });
  }
  if (operation.state === 'done') refresh(queries, { queryKey });
}

let refreshing: ReturnType<typeof setTimeout> | undefined;

/** The counts in the menu, at most once in a while. */
function refreshAttention(queries: QueryClient) {
  if (refreshing !== undefined) return;
  refreshing = setTimeout(() => {
    refreshing = undefined;
    refresh(queries, { queryKey: ['attention'] });
  }, ATTENTION_PAUSE_MS);
}
