import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiFailure } from '../api/failure';
import { sessionEnd } from '../session/ended';

const ATTEMPTS = 3;

/** Only reads are repeated, and only where asking again may help: a change that was sent twice could happen twice. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: noteSessionEnd }),
    mutationCache: new MutationCache({ onError: noteSessionEnd }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // The stream tells what is new: nothing is asked for by itself, and no row moves when one comes back to a tab.
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        retry: (count, failure) =>
          count < ATTEMPTS && failure instanceof ApiFailure && failure.passes,
        retryDelay: (count, failure) => waitBefore(count, failure),
      },
      mutations: { retry: false },
    },
  });
}

function noteSessionEnd(failure: unknown) {
  if (failure instanceof ApiFailure && failure.code === 'unauthenticated') sessionEnd.note();
}

function waitBefore(count: number, failure: unknown): number {
  const asked = failure instanceof ApiFailure ? failure.retryAfter : undefined;
  return asked === undefined ? Math.min(1000 * 2 ** count, 10_000) : asked * 1000;
}
