import { Skeleton, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { StatisticsDay } from '../../api/generated';
import { useFormat } from '../../format/useFormat';
import { type Column, DataTable } from '../../shared/list/DataTable';
import { Panel } from '../../shared/Panel';

const DaysChart = lazy(() => import('./DaysChart'));

/** Syncs and records day by day: as bars, and as a table with the same numbers. */
export function Days({ days }: { days: StatisticsDay[] }) {
  const { t } = useTranslation();
  const columns = useDayColumns();

  return (
    <Panel title={t('syncStatus.byDay')}>
      {days.length === 0 ? (
        <Text c="dimmed">{t('syncStatus.none')}</Text>
      ) : (
        <>
          <div aria-hidden>
            <Suspense fallback={<Skeleton height={240} />}>
              <DaysChart days={days} />
            </Suspense>
          </div>
          <details>
            <summary>{t('syncStatus.asTable')}</summary>
            <DataTable
              caption={t('syncStatus.byDay')}
              rows={days}
              columns={columns}
              rowId={({ day }) => day}
            />
          </details>
        </>
      )}
    </Panel>
  );
}

function useDayColumns(): Column<StatisticsDay>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const number = (name: string, of: (day: StatisticsDay) => number) => ({
    name,
    isNumber: true,
    show: (day: StatisticsDay) => format.number(of(day)),
  });

  return [
    { name: t('syncStatus.day'), show: ({ day }) => day },
    number(t('syncStatus.totalSyncs'), ({ total }) => total),
    number(t('syncStatus.successful'), ({ successful }) => successful),
    number(t('syncStatus.partial'), ({ partial }) => partial),
    number(t('syncStatus.failed'), ({ failed }) => failed),
    number(t('syncStatus.cancelled'), ({ cancelled }) => cancelled),
    number(t('syncStatus.records'), ({ records }) => records),
  ];
}
