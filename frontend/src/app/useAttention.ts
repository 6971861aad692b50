import { useQuery } from '@tanstack/react-query';
import { geniacsService } from '../services/geniacsService';
import type { Count } from './pages';

const MOST = 100;

/** How much waits for a person; each count ends at a hundred. */
export function useAttention() {
  return useQuery({
    queryKey: ['attention'],
    queryFn: async (): Promise<Record<Count, number>> => {
      const [failed, conflicts, events, letters] = await Promise.all([
        geniacsService.getSyncs({ status: ['failed', 'partial'], limit: MOST }),
        geniacsService.getConflicts({ state: 'open', limit: MOST }),
        geniacsService.getWebhookEvents({ state: 'set_aside', limit: MOST }),
        geniacsService.getDeadLetters({ state: 'set_aside', limit: MOST }),
      ]);
      return {
        failedSyncs: failed.data.syncs.length,
        conflicts: conflicts.data.conflicts.length,
        setAside: events.data.webhook_events.length,
        deadLetters: letters.data.dead_letters.length,
      };
    },
  });
}
