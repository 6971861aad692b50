import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
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
  const errorName = useNames('errors');
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
          <Text size="sm">{entityTitle(entity_type)}</Text>
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
    {
      name: t('reports.errors'),
      show: ({ errors }) =>
        errors.map(({ error_type, count }) => (
          <div key={error_type}>
            {errorName(error_type)}: {format.number(count)}
          </div>
        )),
    },
  ];
}
