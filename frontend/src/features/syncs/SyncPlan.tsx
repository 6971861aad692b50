import { Anchor, Group, NativeSelect, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { Plan, PlanAction, PlannedChange, PlannedRecord, Sync } from '../../api/generated';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { ConfirmButton } from '../../shared/Confirm';
import type { Column } from '../../shared/list/DataTable';
import { setFilter } from '../../shared/list/filters';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { useNames } from '../../shared/names';
import { Loaded, Panel } from '../../shared/Panel';
import { useAction } from '../../shared/useAction';
import { useUrlParameters } from '../../shared/useUrlParameter';
import { Value } from '../../shared/Value';

const actions = ['create', 'update', 'delete', 'skip', 'conflict', 'fail', 'unchanged'] as const;

/** What a dry run would do, record by record, and the button that does it. */
export function SyncPlan({ sync }: { sync: Sync }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['sync', sync.id, 'plan'],
    queryFn: () => geniacsService.getSyncPlan(sync.id, { limit: 1 }),
  });

  return (
    <Stack>
      <Panel title={t('syncs.plan.title')}>
        <Loaded query={query}>{({ data }) => <Totals plan={data.preview} />}</Loaded>
      </Panel>
      {query.isSuccess ? <PlanItems sync={sync} /> : null}
    </Stack>
  );
}

function Totals({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  const format = useFormat();
  const actionName = useNames('actions');
  const mayApply = useMay('operator');
  const canApply = plan.status === 'success' && plan.applied_by === null;

  return (
    <>
      <SimpleGrid cols={{ base: 2, xs: 4, md: 7 }}>
        {actions.map((action) => (
          <div key={action}>
            <Text size="xs" c="dimmed">
              {actionName(action)}
            </Text>
            <Text fw={600} className="figures">
              {format.number(plan.totals[action])}
            </Text>
          </div>
        ))}
      </SimpleGrid>
      {plan.applied_by === null ? null : (
        <Anchor component={Link} to={`/syncs/${plan.applied_by}`} size="sm">
          {t('syncs.plan.appliedBy', { id: plan.applied_by })}
        </Anchor>
      )}
      {mayApply && canApply ? <Apply plan={plan} /> : null}
    </>
  );
}

function Apply({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const deletions = plan.totals.delete;
  const apply = useAction({
    run: () => geniacsService.applyPlan(plan.sync_id),
    done: ({ data }) => t('syncs.plan.applied', { id: data.sync.id }),
    changes: [['syncs'], ['sync', plan.sync_id]],
    after: ({ data }) => navigate(`/syncs/${data.sync.id}`),
  });

  return (
    <Group>
      <ConfirmButton
        words={t('syncs.plan.apply')}
        title={t('syncs.plan.applyTitle')}
        typed={deletions > 0 ? String(deletions) : undefined}
        onConfirm={() => apply.start(undefined)}
        button={{ variant: 'filled', loading: apply.isPending }}
      >
        <Text size="sm">
          {deletions > 0 ? `${t('syncs.plan.deletions', { number: deletions })} ` : ''}
          {t('syncs.plan.applyHint')}
        </Text>
      </ConfirmButton>
    </Group>
  );
}

/** %DOC% */
export function PlanItems({ sync }: { sync: Sync }) {
  const { t } = useTranslation();
  const actionName = useNames('actions');
  const action = (useUrlParameters().get('action') ?? undefined) as PlanAction | undefined;
  const columns = usePlanColumns(sync);
  const list = useList({
    queryKey: ['sync', sync.id, 'plan', 'items', action],
    load: async (request) => {
      const { data } = await geniacsService.getSyncPlan(sync.id, {
        ...request,
        ...(action ? { action } : {}),
      });
      return { rows: data.preview.items, next: data.next_cursor, previous: data.prev_cursor };
    },
  });

  return (
    <>
      <NativeSelect
        label={t('syncs.plan.action')}
        value={action ?? ''}
        onChange={({ currentTarget }) => setFilter('action', currentTarget.value)}
        data={[
          { value: '', label: t('shared.all') },
          ...actions.map((value) => ({ value, label: actionName(value) })),
        ]}
        maw={240}
      />
      <ListPanel
        caption={t('syncs.plan.title')}
        title={t('syncs.plan.items')}
        list={list}
        columns={columns}
        rowId={(item) => `${item.direction}-${item.record_id}-${item.geniacs_id}`}
        empty={{ title: t('syncs.plan.empty') }}
      />
    </>
  );
}

function usePlanColumns(sync: Sync): Column<PlannedRecord>[] {
  const { t } = useTranslation();
  const actionName = useNames('actions');

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
    { name: t('syncs.plan.action'), show: ({ action }) => actionName(action) },
    { name: t('syncs.plan.changes'), show: ({ changes }) => <Changes changes={changes} /> },
    { name: t('syncs.plan.reason'), show: ({ reason }) => reason ?? '–' },
  ];
}

/** Field by field: what it is, and what it becomes. */
function Changes({ changes }: { changes: PlannedChange[] }) {
  const { t } = useTranslation();
  if (changes.length === 0) return <>–</>;

  return (
    <Table withRowBorders={false} verticalSpacing={2} aria-label={t('syncs.plan.changes')}>
      <Table.Tbody>
        {changes.map(({ field, old, new: fresh }) => (
          <Table.Tr key={field}>
            <Table.Th scope="row" fw={500} w={140}>
              {field}
            </Table.Th>
            <Table.Td>
              <Value value={old} /> → <Value value={fresh} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
