import { Button, NativeSelect } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ListSyncsData, SyncListFilter } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { BulkButton } from '../../shared/bulk/BulkButton';
import { FilterBar } from '../../shared/list/FilterBar';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { useListFilters } from '../../shared/list/useListFilters';
import {
  entityTypes,
  syncTypes,
  useEntityTitle,
  useNames,
  useSyncTypeName,
} from '../../shared/names';
import { Page } from '../../shared/Page';
import { TriggerDialog } from './TriggerDialog';
import { useSyncColumns } from './useSyncColumns';

type SyncsQuery = NonNullable<ListSyncsData['query']>;

const kinds = ['sync', 'preview', 'check', 'apply', 'retry', 'resume'] as const;
const directions = ['to_geniacs', 'from_geniacs', 'bidirectional'] as const;
const statuses = ['pending', 'processing', 'success', 'partial', 'failed', 'cancelled'] as const;

/** All runs. */
export function SyncsScreen() {
  const { t } = useTranslation();
  const [starting, { open, close }] = useDisclosure();
  const mayStart = useMay('operator');

  return (
    <Page
      title={t('syncs.title')}
      about={t('syncs.about')}
      actions={
        mayStart ? (
          <>
            <RetryMatching />
            <Button onClick={open}>{t('syncs.start')}</Button>
          </>
        ) : null
      }
    >
      <SyncFilters />
      <SyncsList />
      {starting ? <TriggerDialog onClose={close} /> : null}
    </Page>
  );
}

function SyncFilters() {
  const { t } = useTranslation();
  const entityTitle = useEntityTitle();
  const typeName = useSyncTypeName();
  const statusName = useNames('statuses');
  const kindName = useNames('kinds');
  const directionName = useNames('directions');

  return (
    <FilterBar
      filters={[
        {
          name: 'status',
          words: t('shared.status'),
          choices: [
            ...statuses.map((value) => ({ value, label: statusName(value) })),
            {
              value: 'failed,partial',
              label: `${statusName('failed')} + ${statusName('partial')}`,
            },
          ],
        },
        {
          name: 'entity_type',
          words: t('shared.entity'),
          choices: entityTypes.map((value) => ({ value, label: entityTitle(value) })),
        },
        {
          name: 'sync_type',
          words: t('syncs.type'),
          choices: syncTypes.map((value) => ({ value, label: typeName(value) })),
        },
        {
          name: 'sync_direction',
          words: t('syncs.direction'),
          choices: directions.map((value) => ({ value, label: directionName(value) })),
        },
        {
          name: 'kind',
          words: t('syncs.kind'),
          choices: kinds.map((value) => ({ value, label: kindName(value) })),
        },
        { name: 'from', words: t('shared.from'), kind: 'date' },
        { name: 'to', words: t('shared.to'), kind: 'date' },
      ]}
    />
  );
}

const filterNames = [
  'status',
  'kind',
  'sync_direction',
  'schedule_id',
  'entity_type',
  'sync_type',
] as const;

function useSyncFilters() {
  const { status, schedule_id, ...filters } = useListFilters(filterNames);
  return {
    ...filters,
    ...(status ? { status: String(status).split(',') } : {}),
    ...(schedule_id ? { schedule_id: Number(schedule_id) } : {}),
  } as SyncListFilter;
}

const retryable = ['failed', 'partial', 'cancelled'] as const;

/** The failed records of all syncs that match, frozen on the server. */
function RetryMatching() {
  const { t } = useTranslation();
  const statusName = useNames('statuses');
  const entityTitle = useEntityTitle();
  const { status: shown, ...rest } = useSyncFilters();
  const [chosen, choose] = useState('');
  const status = retryable.find((name) => name === (chosen || shown?.[0])) ?? 'failed';

  return (
    <BulkButton
      words={t('syncs.retryMatching')}
      queryKey={['syncs', rest, status]}
      count={async () => (await geniacsService.countSyncs({ ...rest, status: [status] })).data}
      show={({ id, entity_type, progress }) =>
        `${id} · ${entityTitle(entity_type)} · ${t('syncs.failed')}: ${progress.failed_records}`
      }
      actions={[
        {
          words: t('syncs.retryAll'),
          start: async (confirm_count) => {
            const filter: SyncListFilter = { ...rest, status: [status] };
            return (await geniacsService.retrySyncs({ filter, confirm_count })).data.operation;
          },
        },
      ]}
      changes={[['syncs']]}
    >
      <NativeSelect
        label={t('shared.status')}
        value={status}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
        data={retryable.map((value) => ({ value, label: statusName(value) }))}
      />
    </BulkButton>
  );
}

function SyncsList() {
  const { t } = useTranslation();
  const filters = useSyncFilters();
  const columns = useSyncColumns();
  const list = useList({
    queryKey: ['syncs', filters],
    load: async (request) => {
      const { data } = await geniacsService.getSyncs({ ...filters, ...request } as SyncsQuery);
      return { rows: data.syncs, next: data.next_cursor, previous: data.prev_cursor };
    },
  });

  return (
    <ListPanel
      caption={t('syncs.title')}
      list={list}
      columns={columns}
      rowId={({ id }) => id}
      empty={{ title: t('syncs.empty'), hint: t('syncs.emptyHint') }}
      news="syncs"
    />
  );
}
