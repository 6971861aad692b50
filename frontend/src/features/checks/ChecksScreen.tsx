import { Anchor, Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { ConsistencyCheck, EntityType, ListConsistencyChecksData } from '../../api/generated';
import { useOneIntegration } from '../../app/useIntegrationChoice';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { FormDialog } from '../../shared/form/FormDialog';
import type { Column } from '../../shared/list/DataTable';
import { FilterBar } from '../../shared/list/FilterBar';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { useListFilters } from '../../shared/list/useListFilters';
import { entityTypes, useEntityTitle } from '../../shared/names';
import { Page } from '../../shared/Page';
import { StatusBadge } from '../../shared/StatusBadge';
import { useIntegrations } from '../integrations/useIntegrations';

/** Comparisons of both sides. */
export function ChecksScreen() {
  const { t } = useTranslation();
  const mayStart = useMay('operator');
  const entityTitle = useEntityTitle();
  const [starting, { open, close }] = useDisclosure();

  return (
    <Page
      title={t('checks.title')}
      about={t('checks.about')}
      actions={mayStart ? <Button onClick={open}>{t('checks.start')}</Button> : null}
    >
      <FilterBar
        filters={[
          {
            name: 'entity_type',
            words: t('shared.entity'),
            choices: entityTypes.map((value) => ({ value, label: entityTitle(value) })),
          },
          { name: 'from', words: t('shared.from'), kind: 'date' },
          { name: 'to', words: t('shared.to'), kind: 'date' },
        ]}
      />
      <CheckList />
      {starting ? <CheckDialog onClose={close} /> : null}
    </Page>
  );
}

function CheckList() {
  const { t } = useTranslation();
  const filters = useListFilters(['entity_type']) as NonNullable<
    ListConsistencyChecksData['query']
  >;
  const columns = useCheckColumns();
  const list = useList({
    queryKey: ['syncs', 'checks', filters],
    load: async (request) => {
      const { data } = await geniacsService.getChecks({ ...filters, ...request });
      return { rows: data.consistency_checks, next: data.next_cursor, previous: data.prev_cursor };
    },
  });

  return (
    <ListPanel
      caption={t('checks.title')}
      list={list}
      columns={columns}
      rowId={({ id }) => id}
      empty={{ title: t('checks.empty'), hint: t('checks.emptyHint') }}
    />
  );
}

function useCheckColumns(): Column<ConsistencyCheck>[] {
  const { t } = useTranslation();
  const entityTitle = useEntityTitle();

  return [
    {
      name: t('checks.number'),
      show: ({ id }) => (
        <Anchor component={Link} to={`/checks/${id}`}>
          {id}
        </Anchor>
      ),
    },
    { name: t('shared.entity'), show: ({ entity_type }) => entityTitle(entity_type) },
    { name: t('shared.status'), show: ({ status }) => <StatusBadge status={status} /> },
    { name: t('syncs.started'), show: ({ started_at }) => <Moment at={started_at} withAgo /> },
    { name: t('checks.completed'), show: ({ completed_at }) => <Moment at={completed_at} /> },
  ];
}

type CheckForm = { integration_id: string; entity_type: EntityType };

function CheckDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const entityTitle = useEntityTitle();
  const integrationId = useOneIntegration();
  const integrations = useIntegrations().data?.data?.integrations ?? [];

  return (
    <FormDialog<CheckForm>
      title={t('checks.start')}
      submit={t('checks.start')}
      defaults={{ integration_id: String(integrationId ?? ''), entity_type: 'customers' }}
      fields={[
        {
          name: 'integration_id',
          words: t('shared.integration'),
          kind: 'choice',
          choices: integrations.map(({ id, name }) => ({ value: String(id), label: name })),
        },
        {
          name: 'entity_type',
          words: t('shared.entity'),
          kind: 'choice',
          choices: entityTypes.map((value) => ({ value, label: entityTitle(value) })),
        },
      ]}
      onSubmit={async ({ integration_id, entity_type }) => {
        const { data } = await geniacsService.startCheck({
          integration_id: Number(integration_id),
          entity_type,
        });
        onClose();
        navigate(`/checks/${data.consistency_check.id}`);
      }}
      onClose={onClose}
    />
  );
}
