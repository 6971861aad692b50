import { useQuery } from '@tanstack/react-query';
import { geniacsService } from '../services/geniacsService';
import { useIntegrationChoice } from './useIntegrationChoice';

/** How much waits for a person, and as of when both sides are in step. */
export function useAttention() {
  const { id } = useIntegrationChoice();
  return useQuery({
    queryKey: ['attention', id],
    queryFn: async () => (await geniacsService.getAttention(id)).data.attention,
  });
}
