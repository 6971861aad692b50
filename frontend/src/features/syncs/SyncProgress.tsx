import { Group, Progress, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Sync } from '../../api/generated';
import { useFormat } from '../../format/useFormat';
import { StatusBadge } from '../../shared/StatusBadge';

type Props = { sync: Sync; isShort?: boolean };

/** How far a sync is. Only a known total gives a share. */
export function SyncProgress({ sync, isShort }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const { processed_records, total_records, percentage } = sync.progress;
  const words =
    total_records === null
      ? t('syncs.progressOpen', { processed: format.number(processed_records) })
      : t('syncs.progress', {
          processed: format.number(processed_records),
          total: format.number(total_records),
        });

  return (
    <Stack gap={4} miw={isShort ? 110 : undefined}>
      {isShort ? null : (
        <Group justify="space-between">
          <StatusBadge status={sync.status} />
          <Text size="sm" className="figures">
            {percentage === null ? '' : `${percentage}%`}
          </Text>
        </Group>
      )}
      <Progress.Root size={isShort ? 'sm' : 'lg'}>
        <Progress.Section
          value={percentage ?? 100}
          animated={percentage === null}
          striped={percentage === null}
          aria-label={words}
        />
      </Progress.Root>
      <Text size={isShort ? 'xs' : 'sm'} c="dimmed" className="figures">
        {isShort && percentage !== null ? `${percentage}%` : words}
        {isShort ? null : <Pace sync={sync} />}
      </Text>
    </Stack>
  );
}

/** How fast it goes, and how long it still takes where that can be told. */
function Pace({ sync: { rate, status, progress } }: { sync: Sync }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!rate || status !== 'processing') return null;

  const open = (progress.total_records ?? 0) - progress.processed_records;
  const minutes = Math.ceil(open / rate / 60);
  return (
    <>
      {' · '}
      {t('syncs.rate', { rate: format.number(Math.round(rate)) })}
      {progress.total_records === null || open <= 0
        ? null
        : ` · ${t('syncs.left', { minutes: format.number(minutes) })}`}
    </>
  );
}
