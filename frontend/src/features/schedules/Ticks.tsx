import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schedule, Tick } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import type { Column } from '../../shared/list/DataTable';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { StatusBadge } from '../../shared/StatusBadge';

/** What became of the last ticks of a schedule. */
export function Ticks({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation();
  const columns = useTickColumns();
  const list = useList({
    queryKey: ['ticks', schedule.id],
    load: async (request) => {
      const { data } = await geniacsService.getScheduleTicks(schedule.id, request);
      return { rows: data.ticks, next: data.next_cursor, previous: data.prev_cursor };
    },
  });

  return (
    <ListPanel
      caption={t('schedules.ticks', { name: schedule.name })}
      title={t('schedules.ticks', { name: schedule.name })}
      list={list}
      columns={columns}
      rowId={({ scheduled_for }) => scheduled_for}
      empty={{ title: t('schedules.noTicks') }}
    />
  );
}

function useTickColumns(): Column<Tick>[] {
  const { t } = useTranslation();

  return [
    {
      name: t('schedules.scheduledFor'),
      show: ({ scheduled_for }) => <Moment at={scheduled_for} />,
    },
    { name: t('schedules.outcome'), show: ({ outcome }) => <StatusBadge status={outcome} /> },
    { name: t('schedules.reason'), show: ({ reason }) => reason ?? '–' },
    {
      name: t('schedules.sync'),
      show: ({ sync_id, sync_status }) =>
        sync_id === null ? (
          '–'
        ) : (
          <>
            <Anchor component={Link} to={`/syncs/${sync_id}`}>
              {sync_id}
            </Anchor>{' '}
            {sync_status === null ? null : <StatusBadge status={sync_status} />}
          </>
        ),
    },
  ];
}
