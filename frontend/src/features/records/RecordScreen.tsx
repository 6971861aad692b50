import { Alert, Anchor, Button, Group, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { EntityType, Record as LinkedRecord, TimelineEntry } from '../../api/generated';
import { useOneIntegration } from '../../app/useIntegrationChoice';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { Fact, Facts } from '../../shared/Facts';
import { FactRow, FactTable } from '../../shared/FactTable';
import type { Column } from '../../shared/list/DataTable';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { useEntityTitle, useNames } from '../../shared/names';
import { Page } from '../../shared/Page';
import { Loaded, Panel } from '../../shared/Panel';
import { StatusBadge } from '../../shared/StatusBadge';
import { Value } from '../../shared/Value';
import { TriggerDialog } from '../syncs/TriggerDialog';
import { RecordValue } from './RecordValue';

/** One record: both sides field by field, and what happened to it. */
export function RecordScreen() {
  const { t } = useTranslation();
  const parameters = useParams();
  const entityType = parameters['entity'] as EntityType;
  const id = Number(parameters['id']);
  const integrationId = useOneIntegration();
  const entityTitle = useEntityTitle();
  const mayStart = useMay('operator');
  const [starting, { open, close }] = useDisclosure();
  const query = useQuery({
    queryKey: ['record', entityType, id, integrationId],
    queryFn: () => geniacsService.getRecord(entityType, id, integrationId ?? 0),
    enabled: integrationId !== undefined,
  });

  return (
    <Page
      title={t('records.one', { entity: entityTitle(entityType), id })}
      up={{ to: `/records?entity=${entityType}`, words: t('records.title') }}
      actions={mayStart ? <Button onClick={open}>{t('records.sync')}</Button> : null}
    >
      <Panel title={t('records.fields')}>
        <Loaded query={query}>
          {({ data }) => (
            <>
              <Standing record={data.record} />
              <BothSides record={data.record} />
            </>
          )}
        </Loaded>
      </Panel>
      <Timeline entityType={entityType} id={id} integrationId={integrationId} />
      {starting ? <TriggerDialog onClose={close} entityType={entityType} ids={String(id)} /> : null}
    </Page>
  );
}

function Standing({ record }: { record: LinkedRecord }) {
  const { t } = useTranslation();

  return (
    <>
      <Group gap="sm">
        <StatusBadge status={record.state} />
        {record.conflict_id === null ? null : (
          <Anchor component={Link} to={`/conflicts?id=${record.conflict_id}`} size="sm">
            {t('records.conflict')}
          </Anchor>
        )}
      </Group>
      {record.unconfirmed ? (
        <Alert color="orange" variant="light">
          {t('records.unconfirmed')}
        </Alert>
      ) : null}
      {record.deleted ? (
        <Alert color="orange" variant="light">
          {t('records.deleted')}
        </Alert>
      ) : null}
      <Facts>
        <Fact name={t('records.geniacsId')}>{record.geniacs_id}</Fact>
        <Fact name={t('records.lastSynced')}>
          <Moment at={record.last_synced_at} />
        </Fact>
        <Fact name={t('records.updated')}>
          <Moment at={record.updated_at} />
        </Fact>
      </Facts>
    </>
  );
}

function BothSides({ record }: { record: LinkedRecord }) {
  const { t } = useTranslation();
  const mapped = record.mapped ?? {};
  const agreed = record.agreed ?? {};
  const fields = [...new Set([...Object.keys(mapped), ...Object.keys(agreed)])].sort();
  const isSame = (field: string) => JSON.stringify(mapped[field]) === JSON.stringify(agreed[field]);

  return (
    <>
      <Table.ScrollContainer minWidth={480} type="native" tabIndex={0}>
        <Table aria-label={t('records.fields')} verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('records.field')}</Table.Th>
              <Table.Th>{t('records.here')}</Table.Th>
              <Table.Th>{t('records.there')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {fields.map((field) => (
              <Table.Tr key={field}>
                <Table.Th scope="row" fw={500}>
                  {field}
                </Table.Th>
                <Table.Td fw={isSame(field) ? undefined : 700}>
                  <Value value={mapped[field]} />
                </Table.Td>
                <Table.Td fw={isSame(field) ? undefined : 700}>
                  <Value value={agreed[field]} />
                  {isSame(field) ? null : ' ≠'}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <details>
        <summary>{t('records.local')}</summary>
        <FactTable>
          {Object.keys(record.record).map((column) => (
            <FactRow key={column} name={column}>
              <RecordValue field={column} record={record.record} />
            </FactRow>
          ))}
        </FactTable>
      </details>
    </>
  );
}

type TimelineProps = { entityType: EntityType; id: number; integrationId: number | undefined };

/** %DOC% */
export function Timeline({ entityType, id, integrationId }: TimelineProps) {
  const { t } = useTranslation();
  const columns = useTimelineColumns();
  const list = useList({
    queryKey: ['timeline', entityType, id, integrationId],
    isEnabled: integrationId !== undefined,
    load: async (request) => {
      const { data } = await geniacsService.getTimeline(entityType, id, {
        integration_id: integrationId ?? 0,
        ...request,
      });
      return { rows: data.timeline, next: data.next_cursor, previous: data.prev_cursor };
    },
  });

  return (
    <ListPanel
      caption={t('records.timeline')}
      title={t('records.timeline')}
      list={list}
      columns={columns}
      rowId={({ id: entry }) => entry}
      empty={{ title: t('records.timelineEmpty') }}
    />
  );
}

function useTimelineColumns(): Column<TimelineEntry>[] {
  const { t } = useTranslation();
  const actionName = useNames('actions');
  const directionName = useNames('directions');

  return [
    { name: t('records.at'), show: ({ at }) => <Moment at={at} withAgo /> },
    {
      name: t('records.action'),
      show: ({ action, reason }) => (
        <div>
          <Text size="sm">{actionName(action)}</Text>
          <Text size="xs" c="dimmed">
            {reason}
          </Text>
        </div>
      ),
    },
    { name: t('records.direction'), show: ({ direction }) => directionName(direction) },
    { name: t('records.cause'), show: ({ cause }) => <CauseLink cause={cause} /> },
    {
      name: t('records.changes'),
      show: ({ changes }) =>
        Object.entries(changes).map(([field, change]) => (
          <div key={field}>
            {field}: <Value value={change} />
          </div>
        )),
    },
  ];
}

function CauseLink({ cause }: { cause: TimelineEntry['cause'] }) {
  const { t } = useTranslation();
  const causeName = useNames('causes');

  if (cause.event_id !== undefined) {
    return (
      <Anchor component={Link} to={`/webhooks?id=${cause.event_id}`}>
        {t('records.event', { id: cause.event_id })}
      </Anchor>
    );
  }
  if (cause.sync_id !== undefined) {
    return (
      <Anchor component={Link} to={`/syncs/${cause.sync_id}`}>
        {t('records.syncNumber', { id: cause.sync_id })}
      </Anchor>
    );
  }
  return causeName(cause.kind);
}
