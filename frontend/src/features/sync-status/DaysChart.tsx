import { useMantineTheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import {
  Bar,
  BarChart,
  CartesianGrid,
  Legend,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import type { StatisticsDay } from '../../api/generated';
import { useFormat } from '../../format/useFormat';
import type { DayView } from './Days';

const HEIGHT = 240;

type Props = { days: StatisticsDay[]; view: DayView };

/** Words in the colour of a bar would be hard to read. */
const LEGEND = { color: 'var(--mantine-color-text)', fontSize: 13 };

/** How syncs ended, how many records they had or how long they took, day by day. Loaded late: the library is large. */
export default function DaysChart({ days, view }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const { colors } = useMantineTheme();
  const bars = {
    results: [
      { key: 'successful', words: t('syncStatus.successful'), color: colors.green[6] },
      { key: 'partial', words: t('syncStatus.partial'), color: colors.yellow[5] },
      { key: 'failed', words: t('syncStatus.failed'), color: colors.red[6] },
      { key: 'cancelled', words: t('syncStatus.cancelled'), color: colors.gray[5] },
    ],
    records: [
      { key: 'passed_records', words: t('syncStatus.records'), color: colors.cyan[7] },
      { key: 'failed_records', words: t('syncStatus.failedRecords'), color: colors.red[6] },
    ],
    p95: [
      { key: 'p95_duration_seconds', words: t('syncStatus.p95Seconds'), color: colors.cyan[7] },
    ],
  }[view];
  const rows = days.map((day) => ({ ...day, passed_records: day.records - day.failed_records }));

  return (
    <ResponsiveContainer width="100%" height={HEIGHT}>
      <BarChart data={rows} accessibilityLayer={false}>
        <CartesianGrid vertical={false} stroke="var(--mantine-color-default-border)" />
        <XAxis
          dataKey="day"
          tickFormatter={(day: string) => format.shortDay(day)}
          tick={{ fontSize: 12, fill: 'var(--mantine-color-dimmed)' }}
        />
        <YAxis
          allowDecimals={view === 'p95'}
          tickFormatter={(value: number) => format.number(value)}
          width={56}
          tick={{ fontSize: 12, fill: 'var(--mantine-color-dimmed)' }}
        />
        <Tooltip
          isAnimationActive={false}
          labelFormatter={(day) => format.day(String(day))}
          contentStyle={{
            background: 'var(--mantine-color-body)',
            borderColor: 'var(--mantine-color-default-border)',
          }}
        />
        <Legend formatter={(words) => <span style={LEGEND}>{words}</span>} />
        {bars.map(({ key, words, color }) => (
          <Bar
            key={key}
            dataKey={key}
            name={words}
            stackId="syncs"
            {...(color ? { fill: color } : {})}
            isAnimationActive={false}
          />
        ))}
      </BarChart>
    </ResponsiveContainer>
  );
}
