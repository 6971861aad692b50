import { changeUrl, useUrlParameters } from '../useUrlParameter';

/** Parameters of an address that filter nothing: what part of a list is shown, what is open, where one looks. */
const NO_FILTERS = new Set(['after', 'before', 'integration', 'id', 'tab', 'entity']);

function namesOf(parameters: URLSearchParams): string[] {
  return [...parameters.keys()].filter((name) => !NO_FILTERS.has(name));
}

export function useIsFiltered(): boolean {
  return namesOf(useUrlParameters()).length > 0;
}

export function clearFilters() {
  const names = namesOf(new URLSearchParams(location.search));
  changeUrl(Object.fromEntries([...names, 'after', 'before'].map((name) => [name, undefined])));
}

/** Changes a filter; the list then begins at its beginning. */
export function setFilter(name: string, value: string) {
  changeUrl({ [name]: value, after: undefined, before: undefined });
}
