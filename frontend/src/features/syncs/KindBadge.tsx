import { Badge } from '@mantine/core';
import { useNames } from '../../shared/names';

/** Says what is no plain sync: a dry run and a check look different, because they change nothing. */
export function KindBadge({ kind }: { kind: string | undefined }) {
  const name = useNames('kinds');
  if (kind === undefined || kind === 'sync') return null;

  const isHarmless = kind === 'preview' || kind === 'check';
  return (
    <Badge
      variant={isHarmless ? 'outline' : 'default'}
      color={isHarmless ? 'cyan' : 'gray'}
      tt="none"
      miw="max-content"
      {...(isHarmless ? { style: { borderStyle: 'dashed' } } : {})}
    >
      {name(kind)}
    </Badge>
  );
}
