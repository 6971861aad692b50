import { Text } from '@mantine/core';
import { useFormat } from './useFormat';
import { useNow } from './useNow';

/** How long ago a moment was, or in how long it will be. */
export function Ago({ at }: { at: string | null | undefined }) {
  const format = useFormat();
  const now = useNow();
  if (!at || Number.isNaN(Date.parse(at))) return null;

  return (
    <Text span size="xs" c="dimmed" display="block">
      {format.relative(at, now)}
    </Text>
  );
}
