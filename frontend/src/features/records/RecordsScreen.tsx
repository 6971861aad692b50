import { Anchor, Tabs, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { EntityType, Record as LinkedRecord, RecordState } from '../../api/generated';
import { useOneIntegration } from '../../app/useIntegrationChoice';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import { DownloadCsv } from '../../shared/DownloadCsv';
import type { Column } from '../../shared/list/DataTable';
import { FilterBar } from '../../shared/list/FilterBar';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { entityTypes, useEntityTitle, useNames } from '../../shared/names';
import { Page } from '../../shared/Page';
import { StatusBadge } from '../../shared/StatusBadge';
import { changeUrl, useUrlParameters } from '../../shared/useUrlParameter';
import { RecordValue } from './RecordValue';

const states = ['in_step', 'differs', 'conflict', 'unlinked'] as const;

/** The provider's records, each with how it stands with Geniacs. */
export function RecordsScreen() {
  const { t } = useTranslation();
  const entityTitle = useEntityTitle();
  const stateName = useNames('statuses');
  const entityType = useChosenEntity();

  return (
    <Page title={t('records.title')} about={t('records.about')}>
      <Tabs
        value={entityType}
        onChange={(next) =>
          changeUrl({ entity: next ?? undefined, after: undefined, before: undefined })
        }
      >
        <Tabs.List>
          {entityTypes.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {entityTitle(name)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      <FilterBar
        filters={[
          { name: 'q', words: t('records.search'), kind: 'text' },
          {
            name: 'state',
            words: t('shared.status'),
            choices: states.map((value) => ({ value, label: stateName(value) })),
          },
        ]}
      />
      <RecordList entityType={entityType} />
    </Page>
  );
}

function useChosenEntity(): EntityType {
  const chosen = useUrlParameters().get('entity');
  return entityTypes.find((name) => name === chosen) ?? 'customers';
}

function RecordList({ entityType }: { entityType: EntityType }) {
  const { t } = useTranslation();
  const integrationId = useOneIntegration();
  const parameters = useUrlParameters();
  const filters = {
    q: parameters.get('q') ?? undefined,
    state: (parameters.get('state') ?? undefined) as RecordState | undefined,
  };
  const columns = useRecordColumns(entityType, integrationId);
  const list = useList({
    queryKey: ['records', entityType, integrationId, filters],
    isEnabled: integrationId !== undefined,
    load: async (request) => {
      const { data } = await geniacsService.getRecords(entityType, {
        integration_id: integrationId,
        ...filters,
        ...request,
      } as Parameters<typeof geniacsService.getRecords>[1]);
      return { rows: data.records, next: data.next_cursor, previous: data.prev_cursor };
    },
  });

  return (
    <ListPanel
      caption={t('records.title')}
      list={list}
      columns={columns}
      rowId={({ id }) => id}
      empty={{ title: t('records.empty'), hint: t('records.emptyHint') }}
      tools={
        integrationId === undefined ? null : (
          <DownloadCsv
            url={`/api/geniacs/records/${entityType}`}
            query={{ integration_id: integrationId, ...filters }}
            fileName={entityType}
          />
        )
      }
    />
  );
}

function useRecordColumns(
  entityType: EntityType,
  integrationId: number | undefined,
): Column<LinkedRecord>[] {
  const { t } = useTranslation();

  return [
    {
      name: t('records.id'),
      show: ({ id }) => (
        <Anchor component={Link} to={`/records/${entityType}/${id}?integration=${integrationId}`}>
          {id}
        </Anchor>
      ),
    },
    { name: t('records.name'), show: ({ record }) => <Outline record={record} /> },
    { name: t('records.geniacsId'), show: ({ geniacs_id }) => geniacs_id ?? '–' },
    { name: t('shared.status'), show: ({ state }) => <StatusBadge status={state} /> },
    {
      name: t('records.lastSynced'),
      show: ({ last_synced_at }) => <Moment at={last_synced_at} withAgo />,
    },
  ];
}

const TELLING = 4;
const FIRST = [
  'name',
  'customer_code',
  'invoice_number',
  'transaction_id',
  'subscription_code',
  'nasname',
  'email',
  'phone',
  'total_amount',
  'amount',
  'price',
  'status',
];
const TELLS_NOTHING = ['id', 'currency', 'created_at', 'updated_at'];

/** The first values that say which record it is. */
function Outline({ record }: { record: Record<string, unknown> }) {
  const order = [
    ...FIRST,
    ...Object.keys(record).filter((name) => ![...FIRST, ...TELLS_NOTHING].includes(name)),
  ];
  const isTelling = (value: unknown) =>
    value !== null && value !== undefined && value !== '' && typeof value !== 'object';
  const [title, ...others] = order.filter((name) => isTelling(record[name])).slice(0, TELLING);

  return (
    <div dir="auto">
      <Text size="sm">{title ? <RecordValue field={title} record={record} /> : null}</Text>
      <Text size="xs" c="dimmed">
        {others.map((field, place) => (
          <span key={field}>
            {place > 0 ? ' · ' : ''}
            <RecordValue field={field} record={record} />
          </span>
        ))}
      </Text>
    </div>
  );
}
