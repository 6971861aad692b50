import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { RecordError, Sync } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import type { Column } from '../../shared/list/DataTable';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { hasName, useNames } from '../../shared/names';
import { useAction } from '../../shared/useAction';

/** The records of a sync that failed, each with its cause, and the way to send them again. */
export function SyncErrors({ sync }: { sync: Sync }) {
  const { t } = useTranslation();
  const mayRetry = useMay('operator');
  const columns = useErrorColumns(sync);
  const list = useList({
    queryKey: ['sync', sync.id, 'errors'],
    load: async (request) => {
      const { data } = await geniacsService.getSyncErrors(sync.id, request);
      return { rows: data.errors, next: data.next_cursor };
    },
  });

  return (
    <Stack>
      {mayRetry && sync.progress.failed_records > 0 ? <Retry sync={sync} /> : null}
      <ListPanel
        caption={t('syncs.errors.all')}
        list={list}
        columns={columns}
        rowId={({ record_id, geniacs_id, failed_at }) => `${record_id}-${geniacs_id}-${failed_at}`}
        empty={{ title: t('syncs.errors.empty') }}
      />
    </Stack>
  );
}

function Retry({ sync }: { sync: Sync }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const retry = useAction({
    run: () => geniacsService.retrySync(sync.id),
    done: ({ data }) => t('syncs.retried', { id: data.sync.id }),
    changes: [['syncs']],
    after: ({ data }) => navigate(`/syncs/${data.sync.id}`),
  });

  return (
    <Group>
      <Button onClick={() => retry.start(undefined)} loading={retry.isPending}>
        {t('syncs.retryAll')}
      </Button>
    </Group>
  );
}

function useErrorColumns(sync: Sync): Column<RecordError>[] {
  const { t } = useTranslation();

  return [
    {
      name: t('syncs.errors.record'),
      show: ({ record_id, geniacs_id }) =>
        record_id === null ? (
          geniacs_id
        ) : (
          <Anchor
            component={Link}
            to={`/records/${sync.entity_type}/${record_id}?integration=${sync.integration_id}`}
          >
            {record_id}
          </Anchor>
        ),
    },
    {
      name: t('syncs.errors.cause'),
      show: ({ error_type }) => <Cause type={error_type} />,
    },
    {
      name: t('syncs.errors.message'),
      show: ({ error_message }) => (
        <Text size="sm" style={{ unicodeBidi: 'isolate' }}>
          {error_message}
        </Text>
      ),
    },
    { name: t('syncs.errors.at'), show: ({ failed_at }) => <Moment at={failed_at} /> },
  ];
}

/** Why a record failed, and what to do about it. */
function Cause({ type }: { type: string }) {
  const name = useNames('errors');
  const remedy = useNames('remedies');

  return (
    <div>
      <Text size="sm" fw={500}>
        {name(type)}
      </Text>
      {hasName('remedies', type) ? (
        <Text size="xs" c="dimmed">
          {remedy(type)}
        </Text>
      ) : null}
    </div>
  );
}
