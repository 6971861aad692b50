import { useCallback, useSyncExternalStore } from 'react';

const CHANGED = 'geniacs:url';

/** For changes of the address that nobody else tells of, such as the router's. */
export function tellUrlChanged() {
  window.dispatchEvent(new Event(CHANGED));
}

function subscribe(listener: () => void) {
  window.addEventListener('popstate', listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener(CHANGED, listener);
  };
}

/** Changes parameters of the page's address; those that are empty are removed. */
export function changeUrl(changes: Record<string, string | undefined>) {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  history.replaceState(history.state, '', address);
  tellUrlChanged();
}

/**
 * A filter that lives in the page's address, so that a reload and a shared link keep it. It needs no router, because the
 * pages that use it may stand alone.
 */
export function useUrlParameter(name: string, fallback: string): [string, (value: string) => void] {
  const value = useSyncExternalStore(
    subscribe,
    () => new URLSearchParams(location.search).get(name) ?? fallback,
  );

  const set = useCallback(
    (next: string) => changeUrl({ [name]: next === fallback ? undefined : next }),
    [name, fallback],
  );

  return [value, set];
}

/** What one parameter of the page's address says; a change of another one draws nothing anew. */
export function useUrlValue(name: string): string | null {
  return useUrlValueOf((parameters) => parameters.get(name));
}

/** The same of something that the parameters say together. */
export function useUrlValueOf<Value extends string | boolean | null>(
  read: (parameters: URLSearchParams) => Value,
): Value {
  return useSyncExternalStore(subscribe, () => read(new URLSearchParams(location.search)));
}

/** All parameters of the page's address. */
export function useUrlParameters(): URLSearchParams {
  const search = useSyncExternalStore(subscribe, () => location.search);
  return new URLSearchParams(search);
}
