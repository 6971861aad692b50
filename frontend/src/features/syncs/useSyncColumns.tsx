import { Anchor, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Sync } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { useFormat } from '../../format/useFormat';
import type { Column } from '../../shared/list/DataTable';
import { useEntityTitle, useNames, useSyncTypeName } from '../../shared/names';
import { StatusBadge } from '../../shared/StatusBadge';
import { KindBadge } from './KindBadge';
import { SyncProgress } from './SyncProgress';

/** What a list of syncs tells of each. */
export function useSyncColumns(): Column<Sync>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const entityTitle = useEntityTitle();
  const typeName = useSyncTypeName();
  const directionName = useNames('directions');
  const causeName = useNames('causes');

  return [
    {
      name: t('syncs.number'),
      show: ({ id }) => (
        <Anchor component={Link} to={`/syncs/${id}`} className="figures">
          {id}
        </Anchor>
      ),
    },
    {
      name: t('syncs.what'),
      show: (sync) => (
        <div>
          <Group gap={6}>
            <Text size="sm" fw={500}>
              {entityTitle(sync.entity_type)}
            </Text>
            <KindBadge kind={sync.kind} />
          </Group>
          <Text size="xs" c="dimmed">
            {directionName(sync.sync_direction)} · {typeName(sync.sync_type)}
          </Text>
        </div>
      ),
    },
    {
      name: t('shared.status'),
      show: (sync) =>
        sync.status === 'processing' ? (
          <SyncProgress sync={sync} isShort />
        ) : (
          <Group gap={4} wrap="nowrap">
            <StatusBadge status={sync.status} />
          </Group>
        ),
    },
    {
      name: t('syncs.by'),
      show: ({ started_by }) =>
        started_by ? (started_by.name ?? causeName(started_by.type)) : '–',
    },
    {
      name: t('syncs.records'),
      isNumber: true,
      show: ({ progress }) => format.number(progress.processed_records),
    },
    {
      name: t('syncs.failed'),
      isNumber: true,
      show: ({ progress }) => (
        <Text span size="sm" c={progress.failed_records > 0 ? 'red' : 'dimmed'}>
          {format.number(progress.failed_records)}
        </Text>
      ),
    },
    {
      name: t('syncs.duration'),
      isNumber: true,
      show: ({ duration_seconds }) =>
        duration_seconds === null
          ? '–'
          : t('syncs.seconds', { number: format.number(duration_seconds) }),
    },
    {
      name: t('syncs.started'),
      show: ({ started_at, created_at }) => <Moment at={started_at ?? created_at} />,
    },
  ];
}
