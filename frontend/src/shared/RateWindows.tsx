import { Progress, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RateWindowUse } from '../api/generated';
import { useFormat } from '../format/useFormat';

/** How much of the partner's limits is used. */
export function RateWindows({ windows }: { windows: RateWindowUse[] }) {
  const { t } = useTranslation();
  const format = useFormat();

  return windows.map(({ per, used, limit, until }) => {
    const words = t('system.used', { used: format.number(used), limit: format.number(limit) });
    return (
      <div key={per}>
        <Text size="xs" c="dimmed" className="figures">
          {words} {t('system.window', { per: t(`system.windows.${per}`) })}
          {used >= limit && until ? ` · ${t('system.freeFrom', { at: format.time(until) })}` : ''}
        </Text>
        <Progress
          value={(used / Math.max(1, limit)) * 100}
          color={used >= limit ? 'orange' : undefined}
          aria-label={words}
        />
      </div>
    );
  });
}
