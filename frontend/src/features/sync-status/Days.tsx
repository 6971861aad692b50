import { SegmentedControl, Skeleton, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { StatisticsDay } from '../../api/generated';
import { useTimeZone } from '../../format/timeZone';
import { useFormat } from '../../format/useFormat';
import { type Column, DataTable } from '../../shared/list/DataTable';
import { PageLink } from '../../shared/PageLink';
import { Panel } from '../../shared/Panel';
import { useUrlParameter, useUrlParameters } from '../../shared/useUrlParameter';

const DaysChart = lazy(() => import('./DaysChart'));

const dayViews = ['results', 'records', 'p95'] as const;
export type DayView = (typeof dayViews)[number];

/** Syncs, records and durations day by day: as bars, and as a table with the same numbers. */
export function Days({ days }: { days: StatisticsDay[] }) {
  const { t } = useTranslation();
  const { zone } = useTimeZone();
  const columns = useDayColumns();
  const [chosen, choose] = useUrlParameter('tab', 'results');
  const view = dayViews.find((name) => name === chosen) ?? 'results';

  return (
    <Panel
      title={t('syncStatus.byDay')}
      actions={
        <SegmentedControl
          size="xs"
          value={view}
          onChange={choose}
          aria-label={t('syncStatus.byDay')}
          data={dayViews.map((value) => ({ value, label: t(`syncStatus.views.${value}`) }))}
        />
      }
    >
      {days.length === 0 ? (
        <Text c="dimmed">{t('syncStatus.none')}</Text>
      ) : (
        <>
          <div aria-hidden>
            <Suspense fallback={<Skeleton height={240} />}>
              <DaysChart days={days} view={view} />
            </Suspense>
          </div>
          <Text size="xs" c="dimmed">
            {t('syncStatus.zone', { zone })}
          </Text>
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
  const integration = useUrlParameters().get('integration') ?? '';
  const listOf = (day: string, status: string) => {
    const parameters = Object.entries({ from: day, to: day, status, integration });
    return `/syncs?${new URLSearchParams(parameters.filter(([, value]) => value !== ''))}`;
  };
  const number = (
    name: string,
    of: (day: StatisticsDay) => number,
    status = '',
  ): Column<StatisticsDay> => ({
    name,
    isNumber: true,
    show: (day) => <PageLink to={listOf(day.day, status)}>{format.number(of(day))}</PageLink>,
  });

  return [
    { name: t('syncStatus.day'), show: ({ day }) => format.day(day) },
    number(t('syncStatus.totalSyncs'), ({ total }) => total),
    number(t('syncStatus.successful'), ({ successful }) => successful, 'success'),
    number(t('syncStatus.partial'), ({ partial }) => partial, 'partial'),
    number(t('syncStatus.failed'), ({ failed }) => failed, 'failed'),
    number(t('syncStatus.cancelled'), ({ cancelled }) => cancelled, 'cancelled'),
    number(t('syncStatus.records'), ({ records }) => records),
    number(t('syncStatus.failedRecords'), ({ failed_records }) => failed_records, 'failed,partial'),
    {
      name: t('syncStatus.p95'),
      isNumber: true,
      show: ({ p95_duration_seconds: seconds }) =>
        seconds == null ? '–' : t('syncStatus.seconds', { number: format.seconds(seconds) }),
    },
  ];
}
