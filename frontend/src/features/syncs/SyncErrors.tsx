import { Anchor, Button, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { RecordError, Sync } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { DownloadCsv } from '../../shared/DownloadCsv';
import type { Column, Id } from '../../shared/list/DataTable';
import { FilterBar } from '../../shared/list/FilterBar';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { useUrlParameters } from '../../shared/useUrlParameter';
import { Cause } from './Cause';
import { ErrorGroups } from './ErrorGroups';
import { useRetry } from './useRetry';

/** The records of a sync that failed, each with its cause, and the way to send them again. */
export function SyncErrors({ sync }: { sync: Sync }) {
  const { t } = useTranslation();
  const mayRetry = useMay('operator');
  const columns = useErrorColumns(sync);
  const parameters = useUrlParameters();
  const filters = {
    ...optional('error_type', parameters.get('error_type')),
    ...optional('field', parameters.get('field')),
    ...optional('q', parameters.get('q')),
  };
  const list = useList({
    queryKey: ['sync', sync.id, 'errors', filters],
    load: async (request) => {
      const { data } = await geniacsService.getSyncErrors(sync.id, { ...filters, ...request });
      return { rows: data.errors, next: data.next_cursor, previous: data.prev_cursor };
    },
  });

  return (
    <Stack>
      {sync.progress.failed_records > 0 ? <ErrorGroups sync={sync} /> : null}
      <FilterBar filters={[{ name: 'q', words: t('shared.search'), kind: 'text' }]} />
      <ListPanel
        caption={t('syncs.errors.all')}
        title={t('syncs.errors.all')}
        tools={
          <DownloadCsv
            url={`/api/geniacs/sync/${sync.id}/errors`}
            query={filters}
            fileName={`sync-${sync.id}-errors`}
          />
        }
        list={list}
        columns={columns}
        rowId={({ record_id, geniacs_id }) => record_id ?? geniacs_id ?? ''}
        empty={{ title: t('syncs.errors.empty') }}
        bulk={mayRetry ? (ids) => <RetryChosen sync={sync} ids={ids} /> : undefined}
      />
    </Stack>
  );
}

const optional = (name: string, value: string | null) => (value ? { [name]: value } : {});

function RetryChosen({ sync, ids }: { sync: Sync; ids: Id[] }) {
  const { t } = useTranslation();
  const retry = useRetry(sync.id);

  return (
    <Button size="xs" onClick={() => retry.start({ record_ids: ids })} loading={retry.isPending}>
      {t('syncs.retryThese')}
    </Button>
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
      show: ({ error_type, field }) => <Cause type={error_type} field={field} />,
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
