import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { describe, expect, test, vi } from 'vitest';
import { integrationsKey } from '../features/integrations/useIntegrations';
import { applyLive } from './applyLive';

const running = { id: 7, status: 'processing', progress: { processed_records: 1 } };
const isStale = (queries: QueryClient, key: readonly unknown[]) =>
  queries.getQueryState(key)?.isInvalidated ?? false;

describe('what the stream tells', () => {
  test('moves on the sync that is shown and its row, and moves no row', () => {
    const queries = new QueryClient();
    queries.setQueryData(['sync', 7], { data: { sync: running } });
    queries.setQueryData(['syncs', {}], { rows: [{ ...running, id: 9 }, running] });

    const told = { id: 7, status: 'processing', progress: { processed_records: 5 } };
    applyLive(queries, { kind: 'sync', data: told });
    expect(queries.getQueryData(['sync', 7])).toEqual({ data: { sync: told } });
    expect(queries.getQueryData(['syncs', {}])).toEqual({ rows: [{ ...running, id: 9 }, told] });
  });

  test('moves an operation on, never backwards, and asks what failed once it has ended', () => {
    const queries = new QueryClient();
    const operation = { id: 5, state: 'running', done: 2, failed: 0, left: 3 };
    const key = ['operation', 5];
    queries.setQueryData(key, { data: { operation, failures: [] } });

    const told = { ...operation, done: 4, left: 1 };
    applyLive(queries, { kind: 'operation', data: told });
    applyLive(queries, { kind: 'operation', data: { ...operation, done: 3, left: 2 } });
    expect(queries.getQueryData(key)).toEqual({ data: { operation: told, failures: [] } });
    expect(isStale(queries, key)).toBe(false);

    applyLive(queries, { kind: 'operation', data: { ...told, state: 'done', failed: 1, left: 0 } });
    expect(isStale(queries, key)).toBe(true);
  });

  test('counts a sync that has ended on the card of its integration', () => {
    const queries = new QueryClient();
    queries.setQueryData(integrationsKey, { data: { integrations: [] } });

    applyLive(queries, { kind: 'sync', data: { id: 7, status: 'processing' } });
    expect(isStale(queries, integrationsKey)).toBe(false);
    applyLive(queries, { kind: 'sync', data: { id: 7, status: 'success' } });
    expect(isStale(queries, integrationsKey)).toBe(true);
  });

  test('loads anew what was under way before the stream began, and nothing else', () => {
    const queries = new QueryClient();
    queries.setQueryData(['sync', 7], { data: { sync: running } });
    queries.setQueryData(['sync', 8], { data: { sync: { ...running, id: 8, status: 'success' } } });
    queries.setQueryData(['syncs', {}], { rows: [running] });

    applyLive(queries, { kind: 'ready', data: { resumed: false } });
    expect(isStale(queries, ['sync', 7])).toBe(true);
    expect(isStale(queries, ['sync', 8])).toBe(false);
    expect(isStale(queries, ['syncs', {}])).toBe(true);
  });

  test.each([
    ['the sync ends', { kind: 'sync', data: { id: 7, status: 'success' } }],
    ['the stream begins', { kind: 'ready', data: { resumed: false } }],
  ] as const)('asks again where the first answer was under way as %s', async (_, event) => {
    const queries = new QueryClient();
    let answerFirst: (answer: string) => void = () => undefined;
    const first = new Promise<string>((resolve) => {
      answerFirst = resolve;
    });
    let asked = 0;
    const observers = [
      ['sync', 7],
      ['syncs', {}],
    ].map((queryKey) => {
      const queryFn = () => (asked++ < 2 ? first : Promise.resolve('of after the end'));
      return new QueryObserver(queries, { queryKey, queryFn }).subscribe(() => undefined);
    });

    applyLive(queries, event);
    answerFirst('of before the end');
    await vi.waitFor(() => expect(queries.getQueryData(['sync', 7])).toBe('of after the end'));
    expect(queries.getQueryData(['syncs', {}])).toBe('of after the end');
    expect(asked).toBe(4);
    for (const unsubscribe of observers) unsubscribe();
  });

  test('loads what could not be loaded while the gateway was away', async () => {
    const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    const failing = { queryKey: ['records'], queryFn: () => Promise.reject(new Error('away')) };
    await queries.fetchQuery(failing).catch(() => undefined);

    applyLive(queries, { kind: 'ready', data: { resumed: true } });
    expect(isStale(queries, ['records'])).toBe(true);
  });

  test('makes everything be loaded anew after a reset', () => {
    const queries = new QueryClient();
    queries.setQueryData(['records'], { rows: [] });
    applyLive(queries, { kind: 'reset', data: {} });
    expect(isStale(queries, ['records'])).toBe(true);
  });
});
