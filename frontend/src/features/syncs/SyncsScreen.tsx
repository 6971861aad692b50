import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import type { EntityType, ListSyncsData } from '../../api/generated';
import { useIntegrationChoice } from '../../app/useIntegrationChoice';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { FilterBar } from '../../shared/list/FilterBar';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import {
  entityTypes,
  syncTypes,
  useEntityTitle,
  useNames,
  useSyncTypeName,
} from '../../shared/names';
import { Page } from '../../shared/Page';
import { useUrlParameters } from '../../shared/useUrlParameter';
import { TriggerDialog } from './TriggerDialog';
import { useSyncColumns } from './useSyncColumns';

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
      actions={mayStart ? <Button onClick={open}>{t('syncs.start')}</Button> : null}
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

function useSyncFilters() {
  const parameters = useUrlParameters();
  const { id } = useIntegrationChoice();
  const of = (name: string) => parameters.get(name) ?? undefined;
  return {
    integration_id: id,
    status: of('status')?.split(','),
    kind: of('kind'),
    sync_direction: of('sync_direction'),
    schedule_id: of('schedule_id'),
    entity_type: of('entity_type') as EntityType | undefined,
    sync_type: of('sync_type'),
    from: of('from'),
    to: of('to'),
  } as unknown as NonNullable<ListSyncsData['query']>;
}

function SyncsList() {
  const { t } = useTranslation();
  const filters = useSyncFilters();
  const columns = useSyncColumns();
  const list = useList({
    queryKey: ['syncs', filters],
    load: async (request) => {
      const { data } = await geniacsService.getSyncs({ ...filters, ...request });
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
