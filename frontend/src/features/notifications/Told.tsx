import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Notification, NotificationState } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import type { Column } from '../../shared/list/DataTable';
import { FilterBar } from '../../shared/list/FilterBar';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { useEntityTitle, useNames } from '../../shared/names';
import { StatusBadge } from '../../shared/StatusBadge';
import { useUrlParameters } from '../../shared/useUrlParameter';

const states = ['waiting', 'sent', 'failed', 'dropped'] as const;

/** What was told to whom, and how it went. */
export function Told() {
  const { t } = useTranslation();
  const stateName = useNames('statuses');
  const filtered = useUrlParameters().get('state');
  const state = states.find((name) => name === filtered);
  const columns = useToldColumns();
  const list = useList({
    queryKey: ['notifications', state],
    load: async (request) => {
      const filter: { state?: NotificationState } = state ? { state } : {};
      const { data } = await geniacsService.getNotifications({ ...filter, ...request });
      return { rows: data.notifications, next: data.next_cursor, previous: data.prev_cursor };
    },
  });

  return (
    <Stack>
      <FilterBar
        filters={[
          {
            name: 'state',
            words: t('shared.status'),
            choices: states.map((value) => ({ value, label: stateName(value) })),
          },
        ]}
      />
      <ListPanel
        caption={t('notifications.told')}
        title={t('notifications.told')}
        list={list}
        columns={columns}
        rowId={({ id }) => id}
        empty={{ title: t('notifications.toldEmpty'), hint: t('notifications.toldEmptyHint') }}
      />
    </Stack>
  );
}

function useToldColumns(): Column<Notification>[] {
  const { t } = useTranslation();

  return [
    { name: t('notifications.at'), show: ({ created_at }) => <Moment at={created_at} /> },
    { name: t('notifications.what'), show: (told) => <What told={told} /> },
    {
      name: t('notifications.to'),
      show: ({ rule, address }) => (
        <div>
          <Text size="sm">{rule.name}</Text>
          <Text size="xs" c="dimmed">
            {address}
          </Text>
        </div>
      ),
    },
    { name: t('shared.status'), show: ({ state }) => <StatusBadge status={state} /> },
    { name: t('notifications.outcome'), show: (told) => <Outcome told={told} /> },
  ];
}

function What({ told }: { told: Notification }) {
  const { t } = useTranslation();
  const causeName = useNames('noticeCauses');
  const tellsName = useNames('tells');
  const entityTitle = useEntityTitle();
  const directionName = useNames('directions');
  const about = [
    told.integration?.name,
    told.entity_type ? entityTitle(told.entity_type) : undefined,
    told.sync_direction ? directionName(told.sync_direction) : undefined,
  ].filter(Boolean);

  return (
    <div>
      <Text size="sm">
        {told.cause
          ? t('notifications.causeAndTells', {
              cause: causeName(told.cause),
              tells: tellsName(told.tells),
            })
          : tellsName(told.tells)}
      </Text>
      <Text size="xs" c="dimmed">
        {about.join(' · ')}
      </Text>
    </div>
  );
}

/** Why it has not arrived, and when it is tried again. */
function Outcome({ told }: { told: Notification }) {
  const { t } = useTranslation();
  const failureName = useNames('undelivered');
  if (!told.error) return '–';
  const [status] = /\d+/.exec(told.error.message) ?? [];
  const isStatus = told.error.code === 'http_status' || told.error.code === 'smtp_status';

  return (
    <div>
      <Text size="sm">
        {failureName(told.error.code)}
        {isStatus && status ? ` ${status}` : ''}
      </Text>
      <Text size="xs" c="dimmed" component="div">
        {t('notifications.attempts', { number: told.attempts })}
        {told.next_attempt_at ? (
          <>
            {' '}
            {t('notifications.again')} <Moment at={told.next_attempt_at} />
          </>
        ) : null}
      </Text>
    </div>
  );
}
