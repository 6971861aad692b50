import type { LiveEvent } from './stream';

type Listener = (event: LiveEvent) => void;

const listeners = new Set<Listener>();

/** Passes on what the stream tells to those parts of a page that listen for it. */
export function tellListeners(event: LiveEvent) {
  for (const listener of listeners) listener(event);
}

export function listenLive(listener: Listener): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
