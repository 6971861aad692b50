import { useCallback, useSyncExternalStore } from 'react';

const CHANGED = 'geniacs:url';

function subscribe(listener: () => void) {
  window.addEventListener('popstate', listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener(CHANGED, listener);
  };
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
    (next: string) => {
      const address = new URL(location.href);
      if (next === fallback) address.searchParams.delete(name);
      else address.searchParams.set(name, next);
      history.replaceState(history.state, '', address);
      window.dispatchEvent(new Event(CHANGED));
    },
    [name, fallback],
  );

  return [value, set];
}
