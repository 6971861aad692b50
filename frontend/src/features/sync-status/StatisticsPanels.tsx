import { Badge, Card, Divider, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Statistics, StatisticsGroup } from '../../api/generated';
import { useFormat } from '../../format/useFormat';
import { useEntityTitle, useSyncTypeName } from '../../shared/names';
import { PageLink } from '../../shared/PageLink';
import { useUrlParameters } from '../../shared/useUrlParameter';
import { Days } from './Days';

/** The numbers of some days, in all and by kind. */
export function StatisticsPanels({ statistics }: { statistics: Statistics }) {
  return (
    <Stack gap="lg">
      <Overview statistics={statistics} />
      <Days days={statistics.by_day ?? []} />
      <Groups statistics={statistics} />
      <Performance statistics={statistics} />
    </Stack>
  );
}

/** Where what is behind a number is listed. */
function useListOf({ from, to }: Statistics) {
  const integration = useUrlParameters().get('integration') ?? '';
  return (filters: Record<string, string>, path = '/syncs') => {
    const parameters = Object.entries({ from, to, integration, ...filters });
    return `${path}?${new URLSearchParams(parameters.filter(([, value]) => value !== ''))}`;
  };
}

type Figure = { name: string; value: string; color?: string | undefined; to?: string };

function Overview({ statistics }: { statistics: Statistics }) {
  const { t } = useTranslation();
  const format = useFormat();
  const listOf = useListOf(statistics);
  const figures: Figure[] = [
    {
      name: t('syncStatus.totalSyncs'),
      value: format.number(statistics.total_syncs),
      to: listOf({}),
    },
    {
      name: t('syncStatus.successful'),
      value: format.number(statistics.successful_syncs),
      color: 'green',
      to: listOf({ status: 'success' }),
    },
    {
      name: t('syncStatus.failed'),
      value: format.number(statistics.failed_syncs),
      color: 'red',
      to: listOf({ status: 'failed' }),
    },
    { name: t('syncStatus.successRate'), value: format.percent(statistics.success_rate) },
  ];

  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        {figures.map((figure) => (
          <FigureCard key={figure.name} {...figure} />
        ))}
      </SimpleGrid>
      <Others statistics={statistics} />
    </>
  );
}

function FigureCard({ name, value, color, to }: Figure) {
  return (
    <Card withBorder padding="md">
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text size="xl" fw={700} c={color} className="figures">
        {to ? <PageLink to={to}>{value}</PageLink> : value}
      </Text>
    </Card>
  );
}

/** What the specification's four numbers do not say. */
function Others({ statistics }: { statistics: Statistics }) {
  const { t } = useTranslation();
  const format = useFormat();
  const listOf = useListOf(statistics);
  const { webhooks, conflicts } = statistics;
  const bounded = (count: number | undefined, more: boolean | undefined) =>
    `${format.number(count)}${more ? '+' : ''}`;
  const figures: Figure[] = [
    {
      name: t('syncStatus.partial'),
      value: format.number(statistics.partial_syncs),
      to: listOf({ status: 'partial' }),
    },
    {
      name: t('syncStatus.records'),
      value: format.number(statistics.records),
      to: listOf({}),
    },
    {
      name: t('syncStatus.failedRecords'),
      value: format.number(statistics.failed_records),
      to: listOf({ status: 'failed,partial' }),
    },
    {
      name: t('syncStatus.webhooks'),
      value: bounded(webhooks?.received, webhooks?.more),
      to: listOf({}, '/webhooks'),
    },
    {
      name: t('syncStatus.setAside'),
      value: bounded(webhooks?.set_aside, webhooks?.more),
      to: listOf({ state: 'set_aside' }, '/webhooks'),
    },
    {
      name: t('syncStatus.conflicts'),
      value: bounded(conflicts?.met, conflicts?.more),
      to: listOf({ state: 'any' }, '/conflicts'),
    },
  ];

  return (
    <Card withBorder padding="md">
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }}>
        {figures.map(({ name, value, to }) => (
          <div key={name}>
            <Text size="xs" c="dimmed">
              {name}
            </Text>
            <Text fw={600} className="figures">
              {to ? <PageLink to={to}>{value}</PageLink> : value}
            </Text>
          </div>
        ))}
      </SimpleGrid>
    </Card>
  );
}

function Groups({ statistics }: { statistics: Statistics }) {
  const { t } = useTranslation();
  const entityTitle = useEntityTitle();
  const syncTypeName = useSyncTypeName();

  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <GroupPanel
        statistics={statistics}
        title={t('syncStatus.byEntityType')}
        groups={statistics.by_entity_type}
        nameOf={entityTitle}
        goodWord={t('syncStatus.working')}
        filter="entity_type"
      />
      <GroupPanel
        statistics={statistics}
        title={t('syncStatus.bySyncType')}
        groups={statistics.by_sync_type}
        nameOf={syncTypeName}
        goodWord={t('syncStatus.healthy')}
        filter="sync_type"
      />
    </SimpleGrid>
  );
}

type GroupPanelProps = {
  statistics: Statistics;
  /** The name of the filter that the groups are by. */
  filter: 'entity_type' | 'sync_type';
  title: string;
  groups: Record<string, StatisticsGroup>;
  nameOf: (key: string) => string;
  goodWord: string;
};

function GroupPanel(props: GroupPanelProps) {
  const { statistics, title, groups, nameOf, goodWord, filter } = props;
  const { t } = useTranslation();
  const listOf = useListOf(statistics);
  const entries = Object.entries(groups ?? {});

  return (
    <Card withBorder padding="lg">
      <Stack gap="sm">
        <Title order={2} size="h4">
          {title}
        </Title>
        {entries.length === 0 ? <Text c="dimmed">{t('syncStatus.none')}</Text> : null}
        {entries.map(([key, group], place) => (
          <div key={key}>
            {place > 0 ? <Divider mb="sm" /> : null}
            <GroupRow
              name={nameOf(key)}
              group={group}
              goodWord={goodWord}
              listOf={(status) => listOf({ status, [filter]: key })}
            />
          </div>
        ))}
      </Stack>
    </Card>
  );
}

type GroupRowProps = {
  name: string;
  group: StatisticsGroup;
  goodWord: string;
  listOf: (status: string) => string;
};

function GroupRow({ name, group, goodWord, listOf }: GroupRowProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const isGood = group.successful > 0;

  return (
    <>
      <Group justify="space-between" mb={4}>
        <Text fw={600}>{name}</Text>
        <Badge color={isGood ? 'green' : 'red'} variant="light" tt="none">
          {isGood ? goodWord : t('syncStatus.issues')}
        </Badge>
      </Group>
      <SimpleGrid cols={3} className="figures">
        <Text size="sm">
          <PageLink to={listOf('')}>
            {t('syncStatus.total', { number: format.number(group.total) })}
          </PageLink>
        </Text>
        <Text size="sm" c="green">
          <PageLink to={listOf('success')}>
            {t('syncStatus.success', { number: format.number(group.successful) })}
          </PageLink>
        </Text>
        <Text size="sm" c="red">
          <PageLink to={listOf('failed')}>
            {t('syncStatus.failedCount', { number: format.number(group.failed) })}
          </PageLink>
        </Text>
      </SimpleGrid>
    </>
  );
}

function Performance({ statistics }: { statistics: Statistics }) {
  const { t } = useTranslation();
  const format = useFormat();
  const figures = [
    {
      name: t('syncStatus.averageDuration'),
      value: t('syncStatus.seconds', {
        number: format.seconds(statistics.average_duration_seconds),
      }),
      note: t('syncStatus.perSync'),
    },
    {
      name: t('syncStatus.p95'),
      value:
        statistics.p95_duration_seconds == null
          ? '–'
          : t('syncStatus.seconds', { number: format.seconds(statistics.p95_duration_seconds) }),
      note: t('syncStatus.p95Note'),
    },
    {
      name: t('syncStatus.successRate'),
      value: format.percent(statistics.success_rate),
      note: t('syncStatus.overall'),
    },
  ];

  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h4" mb="sm">
        {t('syncStatus.performance')}
      </Title>
      <SimpleGrid cols={{ base: 1, md: 3 }}>
        {figures.map(({ name, value, note }) => (
          <div key={name}>
            <Text fw={600}>{name}</Text>
            <Text size="xl" fw={700} className="figures">
              {value}
            </Text>
            <Text size="sm" c="dimmed">
              {note}
            </Text>
          </div>
        ))}
      </SimpleGrid>
    </Card>
  );
}
