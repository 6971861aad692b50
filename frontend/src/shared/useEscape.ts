import { useEffect, useRef } from 'react';

type Layer = { close: (() => void) | undefined };

/** What lies on top of the page, the uppermost last. */
const layers: Layer[] = [];

/** Whether something lies on top of the page: keys are meant for that, then. */
export const isPageCovered = () => layers.length > 0;

function closeUppermost(event: KeyboardEvent) {
  if (event.key === 'Escape' && !event.isComposing) layers.at(-1)?.close?.();
}

/**
 * Closes something on top of the page by Escape, unless something else lies on top of it. Without `close` it stays, and
 * so does all below it.
 */
export function useEscape(isOpen: boolean, close: (() => void) | undefined) {
  const layer = useRef<Layer>({ close });
  useEffect(() => {
    layer.current.close = close;
  });

  useEffect(() => {
    if (!isOpen) return;
    const own = layer.current;
    if (layers.length === 0) window.addEventListener('keydown', closeUppermost, { capture: true });
    layers.push(own);

    return () => {
      layers.splice(layers.indexOf(own), 1);
      if (layers.length > 0) return;
      window.removeEventListener('keydown', closeUppermost, { capture: true });
    };
  }, [isOpen]);
}
