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

const HEIGHT = 240;

/** How syncs ended, day by day. Loaded late: the library is large. */
export default function DaysChart({ days }: { days: StatisticsDay[] }) {
  const { t } = useTranslation();
  const { colors } = useMantineTheme();
  const bars = [
    { key: 'successful', words: t('syncStatus.successful'), color: colors.green[6] },
    { key: 'partial', words: t('syncStatus.partial'), color: colors.yellow[5] },
    { key: 'failed', words: t('syncStatus.failed'), color: colors.red[6] },
    { key: 'cancelled', words: t('syncStatus.cancelled'), color: colors.gray[5] },
  ];

  return (
    <ResponsiveContainer width="100%" height={HEIGHT}>
      <BarChart data={days} accessibilityLayer={false}>
        <CartesianGrid vertical={false} stroke="var(--mantine-color-default-border)" />
        <XAxis dataKey="day" tick={{ fontSize: 12, fill: 'var(--mantine-color-dimmed)' }} />
        <YAxis
          allowDecimals={false}
          width={40}
          tick={{ fontSize: 12, fill: 'var(--mantine-color-dimmed)' }}
        />
        <Tooltip
          isAnimationActive={false}
          contentStyle={{
            background: 'var(--mantine-color-body)',
            borderColor: 'var(--mantine-color-default-border)',
          }}
        />
        <Legend />
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
