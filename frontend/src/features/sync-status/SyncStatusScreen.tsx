import { Group, NativeSelect, SimpleGrid, Skeleton, Stack, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTimeZone } from '../../format/timeZone';
import type { DateRange } from '../../services/geniacsService';
import { geniacsService } from '../../services/geniacsService';
import { FailurePanel } from '../../shared/FailurePanel';
import { useUrlParameter } from '../../shared/useUrlParameter';
import { useIntegrations } from '../integrations/useIntegrations';
import { lastThirtyDays } from './days';
import { StatisticsPanels } from './StatisticsPanels';
import { TriggerSync } from './TriggerSync';

/** How syncs have ended, and a way to start one. */
export function SyncStatusScreen() {
  const { t } = useTranslation();
  const [chosen, setChosen] = useUrlParameter('integration', '');
  const [range, setRange] = useRange();
  const integrationId = chosen === '' ? undefined : Number(chosen);
  const only = useOnlyIntegration();

  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-end">
        <Title order={1} size="h2">
          {t('syncStatus.title')}
        </Title>
        <Group align="flex-end">
          <IntegrationSelect value={chosen} onChange={setChosen} />
          <TextInput
            type="date"
            label={t('syncStatus.from')}
            value={range.from}
            max={range.to}
            onChange={({ currentTarget }) => setRange({ ...range, from: currentTarget.value })}
          />
          <TextInput
            type="date"
            label={t('syncStatus.to')}
            value={range.to}
            min={range.from}
            onChange={({ currentTarget }) => setRange({ ...range, to: currentTarget.value })}
          />
        </Group>
      </Group>

      <TriggerSync integrationId={integrationId ?? only} />
      <Statistics integrationId={integrationId} range={range} />
    </Stack>
  );
}

/** Where there is one alone, nobody has to choose it. */
function useOnlyIntegration(): number | undefined {
  const integrations = useIntegrations().data?.data?.integrations ?? [];
  return integrations.length === 1 ? integrations[0]?.id : undefined;
}

function useRange(): [DateRange, (range: DateRange) => void] {
  const { zone } = useTimeZone();
  const [now] = useState(() => new Date());
  const usual = lastThirtyDays(now, zone);
  const [from, setFrom] = useUrlParameter('from', usual.from);
  const [to, setTo] = useUrlParameter('to', usual.to);

  return [
    { from, to },
    (range) => {
      setFrom(range.from);
      setTo(range.to);
    },
  ];
}

type SelectProps = { value: string; onChange: (value: string) => void };

function IntegrationSelect({ value, onChange }: SelectProps) {
  const { t } = useTranslation();
  const { data } = useIntegrations();
  const choices = (data?.data?.integrations ?? []).map(({ id, name }) => ({
    value: String(id),
    label: name,
  }));

  return (
    <NativeSelect
      label={t('syncStatus.integration')}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      data={[{ value: '', label: t('syncStatus.allIntegrations') }, ...choices]}
    />
  );
}

type StatisticsProps = { integrationId: number | undefined; range: DateRange };

function Statistics({ integrationId, range }: StatisticsProps) {
  const { t } = useTranslation();
  const { zone } = useTimeZone();
  const isWhole = range.from !== '' && range.to !== '';
  const { data, error, isError, isLoading, refetch, dataUpdatedAt } = useQuery({
    queryKey: ['geniacs-statistics', integrationId, range, zone],
    queryFn: () => geniacsService.getSyncStatistics(integrationId, range, zone),
    enabled: isWhole,
  });
  const statistics = data?.data;

  return (
    <Stack gap="lg">
      {isError ? (
        <FailurePanel
          failure={error}
          onRetry={() => void refetch()}
          shownAsOf={statistics ? dataUpdatedAt : undefined}
        />
      ) : null}
      {isLoading ? (
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} aria-busy aria-label={t('syncStatus.loading')}>
          {[1, 2, 3, 4].map((place) => (
            <Skeleton key={place} height={88} />
          ))}
        </SimpleGrid>
      ) : null}
      {statistics ? <StatisticsPanels statistics={statistics} /> : null}
    </Stack>
  );
}
