import { Alert, Anchor, Group, SimpleGrid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import type { ConsistencyCheck, Difference, EntityType } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { ConfirmButton } from '../../shared/Confirm';
import type { Column } from '../../shared/list/DataTable';
import { FilterBar } from '../../shared/list/FilterBar';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { useEntityTitle, useNames } from '../../shared/names';
import { Page } from '../../shared/Page';
import { Loaded, Panel } from '../../shared/Panel';
import { StatusBadge } from '../../shared/StatusBadge';
import { useAction } from '../../shared/useAction';
import { useUrlParameters } from '../../shared/useUrlParameter';
import { Value } from '../../shared/Value';

/** One comparison of both sides. */
export function CheckScreen() {
  const { t } = useTranslation();
  const id = Number(useParams()['id']);
  const query = useQuery({
    queryKey: ['sync', id, 'check'],
    queryFn: () => geniacsService.getCheck(id, { limit: 1 }),
  });
  const check = query.data?.data.consistency_check;

  return (
    <Page title={t('checks.name', { id })} up={{ to: '/checks', words: t('checks.title') }}>
      <Panel>
        <Loaded query={query}>{({ data }) => <Standing check={data.consistency_check} />}</Loaded>
      </Panel>
      {check ? (
        <Differences id={id} entityType={check.entity_type} integrationId={check.integration_id} />
      ) : null}
    </Page>
  );
}

function Standing({ check }: { check: ConsistencyCheck }) {
  const { t } = useTranslation();
  const format = useFormat();
  const entityTitle = useEntityTitle();
  const errorName = useNames('errors');
  const names = [
    'compared',
    'equal',
    'missing_here',
    'missing_there',
    'differing',
    'failed',
  ] as const;

  return (
    <>
      <Group gap="sm">
        <Text fw={600}>{entityTitle(check.entity_type)}</Text>
        <StatusBadge status={check.status} />
        <Moment at={check.started_at} />
      </Group>
      {check.error_type ? (
        <Alert color="red" variant="light" title={errorName(check.error_type)}>
          {check.error_message}
        </Alert>
      ) : null}
      <SimpleGrid cols={{ base: 2, sm: 3, md: 6 }}>
        {names.map((name) => (
          <div key={name}>
            <Text size="xs" c="dimmed">
              {t(`checks.totals.${name}`)}
            </Text>
            <Text fw={600} className="figures">
              {format.number(check.totals?.[name])}
            </Text>
          </div>
        ))}
      </SimpleGrid>
      <Repair check={check} />
    </>
  );
}

function Repair({ check }: { check: ConsistencyCheck }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const mayRepair = useMay('operator');
  const repair = useAction({
    run: () => geniacsService.applyPlan(check.id),
    done: ({ data }) => t('checks.repaired', { id: data.sync.id }),
    after: ({ data }) => navigate(`/syncs/${data.sync.id}`),
  });
  if (!mayRepair || check.repair === null) return null;

  return (
    <Group>
      <ConfirmButton
        words={t('checks.repair')}
        title={t('checks.repairTitle')}
        onConfirm={() => repair.start(undefined)}
        button={{ variant: 'filled', loading: repair.isPending }}
      >
        {t('checks.repairHint')}
      </ConfirmButton>
    </Group>
  );
}

const kinds = ['missing_here', 'missing_there', 'differs', 'failed'] as const;

type DifferencesProps = { id: number; entityType: EntityType; integrationId: number };

/** %DOC% */
export function Differences({ id, entityType, integrationId }: DifferencesProps) {
  const { t } = useTranslation();
  const kindName = useNames('differences');
  const columns = useDifferenceColumns(entityType, integrationId);
  const chosen = useUrlParameters().get('kind');
  const kind = kinds.find((name) => name === chosen);
  const list = useList({
    queryKey: ['sync', id, 'check', 'differences', kind],
    load: async (request) => {
      const { data } = await geniacsService.getCheck(id, { ...request, ...(kind ? { kind } : {}) });
      return {
        rows: data.consistency_check.differences ?? [],
        next: data.next_cursor,
        previous: data.prev_cursor,
      };
    },
  });

  return (
    <>
      <FilterBar
        filters={[
          {
            name: 'kind',
            words: t('checks.kind'),
            choices: kinds.map((value) => ({ value, label: kindName(value) })),
          },
        ]}
      />
      <ListPanel
        caption={t('checks.differences')}
        title={t('checks.differences')}
        list={list}
        columns={columns}
        rowId={({ record_id, geniacs_id }) => `${record_id}-${geniacs_id}`}
        empty={{ title: t('checks.noDifferences') }}
      />
    </>
  );
}

function useDifferenceColumns(entityType: EntityType, integrationId: number): Column<Difference>[] {
  const { t } = useTranslation();
  const kindName = useNames('differences');

  return [
    {
      name: t('checks.record'),
      show: ({ record_id, geniacs_id }) =>
        record_id === null ? (
          geniacs_id
        ) : (
          <Anchor
            component={Link}
            to={`/records/${entityType}/${record_id}?integration=${integrationId}`}
          >
            {[record_id, geniacs_id].filter((id) => id !== null).join(' · ')}
          </Anchor>
        ),
    },
    {
      name: t('checks.kind'),
      show: ({ kind, reason }) => (
        <div>
          <Text size="sm">{kindName(kind)}</Text>
          <Text size="xs" c="dimmed">
            {reason}
          </Text>
        </div>
      ),
    },
    {
      name: t('checks.fields'),
      show: ({ fields }) =>
        fields.map(({ field, here, there }) => (
          <div key={field}>
            {field}: <Value value={here} /> → <Value value={there} />
          </div>
        )),
    },
  ];
}
