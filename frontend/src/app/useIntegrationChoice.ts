import { useIntegrations } from '../features/integrations/useIntegrations';
import { useUrlParameter } from '../shared/useUrlParameter';

/** The integration that the switch at the top says; none: all of them. */
export function useIntegrationChoice() {
  const [chosen, choose] = useUrlParameter('integration', '');
  return { chosen, choose, id: chosen === '' ? undefined : Number(chosen) };
}

/** For pages that can only show one: the chosen integration, else the first. */
export function useOneIntegration(): number | undefined {
  const { id } = useIntegrationChoice();
  const first = useIntegrations().data?.data?.integrations?.[0]?.id;
  return id ?? first;
}
