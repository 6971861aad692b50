import { useQuery } from '@tanstack/react-query';
import { geniacsService } from '../../services/geniacsService';

export const integrationsKey = ['geniacs-integrations'];

/** All integrations that are not archived. */
export function useIntegrations() {
  return useQuery({
    queryKey: integrationsKey,
    queryFn: () => geniacsService.getIntegrations(),
  });
}
