import { useTranslation } from 'react-i18next';
import type { InStep as Freshness } from '../../api/generated';
import { useAttention } from '../../app/useAttention';
import { Moment } from '../../format/Moment';
import { type Column, DataTable } from '../../shared/list/DataTable';
import { useEntityTitle, useNames } from '../../shared/names';
import { Loaded, Panel } from '../../shared/Panel';
import { useIntegrations } from '../integrations/useIntegrations';

type Row = { key: string; of: Freshness; to: string | null; from: string | null };

/** Per kind of record and direction: as of when both sides are in step. */
export function InStep() {
  const { t } = useTranslation();
  const attention = useAttention();
  const columns = useInStepColumns();

  return (
    <Panel title={t('home.inStep')}>
      <Loaded query={attention}>
        {({ in_step }) => (
          <DataTable
            caption={t('home.inStep')}
            rows={rowsOf(in_step)}
            columns={columns}
            rowId={({ key }) => key}
          />
        )}
      </Loaded>
    </Panel>
  );
}

/** Both directions of one kind of record side by side. */
export function rowsOf(inStep: Freshness[]): Row[] {
  const rows = new Map<string, Row>();
  for (const of of inStep) {
    const key = `${of.integration_id}-${of.entity_type}`;
    const row = rows.get(key) ?? { key, of, to: null, from: null };
    rows.set(key, row);
    if (of.sync_direction === 'to_geniacs') row.to = of.in_step_as_of;
    else row.from = of.in_step_as_of;
  }
  return [...rows.values()];
}

function useInStepColumns(): Column<Row>[] {
  const { t } = useTranslation();
  const entityTitle = useEntityTitle();
  const directionName = useNames('directions');
  const integrations = useIntegrations().data?.data?.integrations ?? [];
  const asOf = (at: string | null) => (at === null ? t('home.notYet') : <Moment at={at} withAgo />);
  const integrationColumn: Column<Row> = {
    name: t('shared.integration'),
    show: ({ of }) => integrations.find(({ id }) => id === of.integration_id)?.name,
  };

  return [
    { name: t('home.entity'), show: ({ of }) => entityTitle(of.entity_type) },
    ...(integrations.length > 1 ? [integrationColumn] : []),
    { name: `${directionName('to_geniacs')}, ${t('home.inStepAsOf')}`, show: ({ to }) => asOf(to) },
    {
      name: `${directionName('from_geniacs')}, ${t('home.inStepAsOf')}`,
      show: ({ from }) => asOf(from),
    },
  ];
}
