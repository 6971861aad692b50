import { Text } from '@mantine/core';
import { hasName, useNames } from '../../shared/names';

type Props = { type: string; field: string | null; remedy?: string };

/** Why a record failed, at which field, and what to do about it. */
export function Cause({ type, field, remedy: told }: Props) {
  const name = useNames('errors');
  const remedy = useNames('remedies');
  const words = hasName('remedies', type) ? remedy(type) : told;

  return (
    <div>
      <Text size="sm" fw={500}>
        {name(type)}
        {field ? `: ${field}` : ''}
      </Text>
      <Text size="xs" c="dimmed">
        {words}
      </Text>
    </div>
  );
}
