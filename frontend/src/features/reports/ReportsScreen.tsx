import { Anchor, Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { Report } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { DownloadCsv } from '../../shared/DownloadCsv';
import { FormDialog } from '../../shared/form/FormDialog';
import type { Column } from '../../shared/list/DataTable';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { Page } from '../../shared/Page';

type Listed = Omit<Report, 'content'>;

/** The weekly reports. */
export function ReportsScreen() {
  const { t } = useTranslation();
  const mayMake = useMay('operator');
  const [making, { open, close }] = useDisclosure();
  const list = useList<Listed>({
    queryKey: ['reports'],
    load: async (request) => {
      const { data } = await geniacsService.getReports(request);
      return { rows: data.reports, next: data.next_cursor, previous: data.prev_cursor };
    },
  });
  const columns: Column<Listed>[] = [
    {
      name: t('reports.period'),
      show: ({ id, period_start, period_end }) => (
        <Anchor component={Link} to={`/reports/${id}`}>
          <Moment at={period_start} /> – <Moment at={period_end} />
        </Anchor>
      ),
    },
    { name: t('reports.created'), show: ({ created_at }) => <Moment at={created_at} /> },
  ];

  return (
    <Page
      title={t('reports.title')}
      about={t('reports.about')}
      actions={mayMake ? <Button onClick={open}>{t('reports.make')}</Button> : null}
    >
      <ListPanel
        caption={t('reports.title')}
        list={list}
        columns={columns}
        rowId={({ id }) => id}
        empty={{ title: t('reports.empty'), hint: t('reports.emptyHint') }}
        tools={<DownloadCsv url="/api/geniacs/reports" fileName="reports" />}
      />
      {making ? <MakeReport onClose={close} /> : null}
    </Page>
  );
}

type ReportForm = { days: string };

/** A report of the last days, up to now. */
function MakeReport({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();

  return (
    <FormDialog<ReportForm>
      title={t('reports.make')}
      submit={t('shared.create')}
      defaults={{ days: '7' }}
      fields={[
        {
          name: 'days',
          words: t('reports.days'),
          hint: t('reports.daysHint'),
          kind: 'number',
          least: 1,
          most: 92,
        },
      ]}
      onSubmit={async ({ days }) => {
        const { data } = await geniacsService.createReport(days ? { days: Number(days) } : {});
        void queries.invalidateQueries({ queryKey: ['reports'] });
        onClose();
        navigate(`/reports/${data.report.id}`);
      }}
      onClose={onClose}
    />
  );
}
