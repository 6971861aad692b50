import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Report } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import type { Column } from '../../shared/list/DataTable';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { Page } from '../../shared/Page';

type Listed = Omit<Report, 'content'>;

/** The weekly reports. */
export function ReportsScreen() {
  const { t } = useTranslation();
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
    <Page title={t('reports.title')} about={t('reports.about')}>
      <ListPanel
        caption={t('reports.title')}
        list={list}
        columns={columns}
        rowId={({ id }) => id}
        empty={{ title: t('reports.empty'), hint: t('reports.emptyHint') }}
      />
    </Page>
  );
}
