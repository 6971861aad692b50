import { Anchor, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { EntityReport, Report } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import { DownloadCsv } from '../../shared/DownloadCsv';
import { type Column, DataTable } from '../../shared/list/DataTable';
import { useEntityTitle, useNames } from '../../shared/names';
import { Page } from '../../shared/Page';
import { Empty, Loaded, Panel } from '../../shared/Panel';

/** One week. */
export function ReportScreen() {
  const { t } = useTranslation();
  const id = Number(useParams()['id']);
  const query = useQuery({
    queryKey: ['report', id],
    queryFn: () => geniacsService.getReport(id),
  });

  return (
    <Page title={t('reports.name', { id })} up={{ to: '/reports', words: t('reports.title') }}>
      <Panel
        title={t('reports.rows')}
        actions={
          <DownloadCsv url={`/api/geniacs/reports/${id}`} fileName={`report-${id}`} isWhole />
        }
      >
        <Loaded query={query}>{({ data }) => <Week report={data.report} />}</Loaded>
      </Panel>
      {query.data ? <Errors report={query.data.data.report} /> : null}
    </Page>
  );
}

function Week({ report }: { report: Report }) {
  const { t } = useTranslation();
  const columns = useReportColumns();
  const { entities } = report.content;

  return (
    <>
      <Text size="sm">
        <Moment at={report.period_start} /> – <Moment at={report.period_end} />
      </Text>
      {entities.length === 0 ? (
        <Empty title={t('reports.nothing')} />
      ) : (
        <DataTable
          caption={t('reports.rows')}
          rows={entities}
          columns={columns}
          rowId={({ integration_id, entity_type }) => `${integration_id}-${entity_type}`}
        />
      )}
    </>
  );
}

function useReportColumns(): Column<EntityReport>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const entityTitle = useEntityTitle();
  const number = (name: string, of: (row: EntityReport) => number) => ({
    name,
    isNumber: true,
    show: (row: EntityReport) => format.number(of(row)),
  });

  return [
    {
      name: t('reports.entity'),
      show: ({ entity_type, integration }) => (
        <div>
          <Text size="sm" style={{ whiteSpace: 'nowrap' }}>
            {entityTitle(entity_type)}
          </Text>
          <Text size="xs" c="dimmed">
            {integration}
          </Text>
        </div>
      ),
    },
    number(t('reports.syncs'), ({ syncs }) => syncs.total),
    {
      name: t('reports.rate'),
      isNumber: true,
      show: ({ success_rate }) => format.percent(success_rate),
    },
    number(t('reports.read'), ({ records }) => records.read),
    number(t('reports.created_'), ({ records }) => records.created),
    number(t('reports.updated'), ({ records }) => records.updated),
    number(t('reports.failed'), ({ records }) => records.failed),
    number(t('reports.conflicts'), ({ conflicts }) => conflicts),
    number(t('reports.webhooks'), ({ webhooks }) => webhooks.received),
    number(t('reports.drift'), ({ drift }) => (drift.unlinked ?? 0) + (drift.unsent ?? 0)),
    {
      name: t('reports.p95'),
      isNumber: true,
      show: ({ p95_duration_ms }) =>
        p95_duration_ms === null
          ? '–'
          : t('reports.ms', { number: format.number(p95_duration_ms) }),
    },
  ];
}

type ErrorRow = { key: string; of: EntityReport; error_type: string; count: number };

/** The commonest causes of each kind of record, and where one finds what failed. */
function Errors({ report }: { report: Report }) {
  const { t } = useTranslation();
  const format = useFormat();
  const entityTitle = useEntityTitle();
  const errorName = useNames('errors');
  const rows = report.content.entities.flatMap((of) =>
    of.errors.map(({ error_type, count }): ErrorRow => {
      const key = `${of.integration_id}-${of.entity_type}-${error_type}`;
      return { key, of, error_type, count };
    }),
  );
  const listOf = ({ of }: ErrorRow) =>
    `/syncs?${new URLSearchParams({
      integration: String(of.integration_id),
      entity_type: of.entity_type,
      status: 'failed,partial',
      from: report.period_start.slice(0, 10),
      to: report.period_end.slice(0, 10),
    })}`;
  const columns: Column<ErrorRow>[] = [
    { name: t('reports.entity'), show: ({ of }) => entityTitle(of.entity_type) },
    { name: t('syncs.errors.cause'), show: ({ error_type }) => errorName(error_type) },
    {
      name: t('syncs.errors.count'),
      isNumber: true,
      show: (row) => (
        <Anchor component={Link} to={listOf(row)}>
          {format.number(row.count)}
        </Anchor>
      ),
    },
  ];
  if (rows.length === 0) return null;

  return (
    <Panel title={t('reports.errors')}>
      <DataTable
        caption={t('reports.errors')}
        rows={rows}
        columns={columns}
        rowId={({ key }) => key}
      />
    </Panel>
  );
}
