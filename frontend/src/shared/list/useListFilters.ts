import { useIntegrationChoice } from '../../app/useIntegrationChoice';
import { useUrlParameters } from '../useUrlParameter';
import { useWindow } from './useWindow';

/** The filters in the page's address that a list takes, with the chosen integration and the days; none that is empty. */
export function useListFilters(names: readonly string[]): Record<string, unknown> {
  const parameters = useUrlParameters();
  const window = useWindow();
  const { id } = useIntegrationChoice();
  const given = names.flatMap((name) => {
    const value = parameters.get(name);
    return value ? [[name, value] as const] : [];
  });
  return {
    ...(id === undefined ? {} : { integration_id: id }),
    ...Object.fromEntries(given),
    ...window,
  };
}
