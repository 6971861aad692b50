import { useFormat } from './useFormat';
import { useNow } from './useNow';

/** How long ago a moment was, or in how long it will be. */
export function Ago({ at }: { at: string | null | undefined }) {
  const format = useFormat();
  const now = useNow();
  if (!at || Number.isNaN(Date.parse(at))) return null;

  return <span className="aside">{format.relative(at, now)}</span>;
}
