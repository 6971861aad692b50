import { Anchor, Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { EntityType, Sync } from '../../api/generated';
import { useIntegrationChoice, useOneIntegration } from '../../app/useIntegrationChoice';
import { Moment } from '../../format/Moment';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { FormDialog } from '../../shared/form/FormDialog';
import type { Column } from '../../shared/list/DataTable';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { entityTypes, useEntityTitle } from '../../shared/names';
import { Page } from '../../shared/Page';
import { StatusBadge } from '../../shared/StatusBadge';
import { useIntegrations } from '../integrations/useIntegrations';

/** Comparisons of both sides. */
export function ChecksScreen() {
  const { t } = useTranslation();
  const mayStart = useMay('operator');
  const [starting, { open, close }] = useDisclosure();

  return (
    <Page
      title={t('checks.title')}
      about={t('checks.about')}
      actions={mayStart ? <Button onClick={open}>{t('checks.start')}</Button> : null}
    >
      <CheckList />
      {starting ? <CheckDialog onClose={close} /> : null}
    </Page>
  );
}

function CheckList() {
  const { t } = useTranslation();
  const { id: integrationId } = useIntegrationChoice();
  const columns = useCheckColumns();
  const list = useList({
    queryKey: ['syncs', 'checks', integrationId],
    load: async (request) => {
      const filter = integrationId === undefined ? {} : { integration_id: integrationId };
      const { data } = await geniacsService.getSyncs({ kind: 'check', ...filter, ...request });
      return { rows: data.syncs, next: data.next_cursor, previous: data.prev_cursor };
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

function useCheckColumns(): Column<Sync>[] {
  const { t } = useTranslation();
  const format = useFormat();
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
    {
      name: t('checks.totals.compared'),
      isNumber: true,
      show: ({ progress }) => format.number(progress.processed_records),
    },
    { name: t('syncs.started'), show: ({ created_at }) => <Moment at={created_at} /> },
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
