import { changeUrl, useUrlValueOf } from '../useUrlParameter';

/** Parameters of an address that filter nothing: what part of a list is shown, what is open, where one looks. */
const NO_FILTERS = new Set([
  'after',
  'before',
  'page',
  'tokens_page',
  'shown',
  'integration',
  'id',
  'tab',
  'entity',
  'selected',
  'line',
  'sync',
  'requests',
]);
/** Where in a list one is, which a change of its filters takes back. */
const PLACE = {
  after: undefined,
  before: undefined,
  page: undefined,
  selected: undefined,
  line: undefined,
};

function namesOf(parameters: URLSearchParams): string[] {
  return [...parameters.keys()].filter((name) => !NO_FILTERS.has(name));
}

export function useIsFiltered(): boolean {
  return useUrlValueOf((parameters) => namesOf(parameters).length > 0);
}

export function clearFilters() {
  const names = namesOf(new URLSearchParams(location.search));
  changeUrl({ ...Object.fromEntries(names.map((name) => [name, undefined])), ...PLACE });
}

/** Changes a filter; the list then begins at its beginning. */
export function setFilter(name: string, value: string) {
  changeUrl({ ...PLACE, [name]: value });
}
