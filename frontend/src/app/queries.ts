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
        // Where the gateway says when to ask again, the panel counts down to it and asks then.
        retry: (count, failure) =>
          count < ATTEMPTS &&
          failure instanceof ApiFailure &&
          failure.passes &&
          failure.retryAfter === undefined,
        retryDelay: (count) => Math.min(1000 * 2 ** count, 10_000),
      },
      mutations: { retry: false },
    },
  });
}

function noteSessionEnd(failure: unknown) {
  if (failure instanceof ApiFailure && failure.code === 'unauthenticated') sessionEnd.note();
}
