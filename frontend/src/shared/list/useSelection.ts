import { changeUrl, useUrlParameters } from '../useUrlParameter';
import type { Id } from './DataTable';

const PARAMETER = 'selected';

/** Rows of a list that were chosen. They live in the page's address; those that are not on this page do not count. */
export function useSelection(
  here: readonly Id[],
): [ReadonlySet<Id>, (ids: ReadonlySet<Id>) => void] {
  const named = new Set((useUrlParameters().get(PARAMETER) ?? '').split(','));
  const chosen = new Set(here.filter((id) => named.has(String(id))));
  return [chosen, (ids) => changeUrl({ [PARAMETER]: [...ids].join(',') })];
}
