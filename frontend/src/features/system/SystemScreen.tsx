import { Button, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type {
  IntegrationStanding,
  QueueStanding,
  RunningService,
  System,
} from '../../api/generated';
import { Moment } from '../../format/Moment';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import { FactRow, FactTable } from '../../shared/FactTable';
import { type Column, DataTable } from '../../shared/list/DataTable';
import { Page } from '../../shared/Page';
import { Loaded, Panel } from '../../shared/Panel';
import { RateWindows } from '../../shared/RateWindows';
import { StatusBadge } from '../../shared/StatusBadge';

/** How the whole system stands. */
export function SystemScreen() {
  const { t } = useTranslation();
  const query = useQuery({ queryKey: ['system'], queryFn: () => geniacsService.getSystem() });

  return (
    <Page
      title={t('system.title')}
      about={t('system.about')}
      actions={
        <Button variant="default" onClick={() => void query.refetch()} loading={query.isFetching}>
          {t('shared.refresh')}
        </Button>
      }
    >
      <Loaded query={query}>
        {({ data }) => (
          <>
            <Services services={data.system.services} at={data.system.at} />
            <Queues queues={data.system.queues} />
            <SimpleGrid cols={{ base: 1, md: 2 }}>
              <Waiting system={data.system} />
              <Versions system={data.system} />
            </SimpleGrid>
            <Partners integrations={data.system.integrations} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function useSeconds() {
  const { t } = useTranslation();
  const format = useFormat();
  return (seconds: number | null) =>
    seconds === null ? '–' : t('system.seconds', { number: format.number(seconds) });
}

function Queues({ queues }: { queues: QueueStanding[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const seconds = useSeconds();
  const columns: Column<QueueStanding>[] = [
    { name: t('system.queue'), show: ({ name }) => name },
    {
      name: t('system.messages'),
      isNumber: true,
      show: ({ messages }) => format.number(messages),
    },
    {
      name: t('system.consumers'),
      isNumber: true,
      show: ({ consumers }) => format.number(consumers),
    },
    {
      name: t('system.oldest'),
      isNumber: true,
      show: ({ oldest_message_seconds }) => seconds(oldest_message_seconds),
    },
  ];

  return (
    <Panel title={t('system.queues')}>
      <DataTable
        caption={t('system.queues')}
        rows={queues}
        columns={columns}
        rowId={({ name }) => name}
      />
    </Panel>
  );
}

/** Who runs, with its version and its last sign of life. */
function Services({ services, at }: { services: RunningService[]; at: string }) {
  const { t } = useTranslation();
  const columns: Column<RunningService>[] = [
    { name: t('system.service'), show: ({ name }) => name },
    {
      name: t('shared.status'),
      show: ({ alive }) => <StatusBadge status={alive ? 'alive' : 'silent'} />,
    },
    { name: t('system.version'), show: ({ version }) => version },
    { name: t('system.startedAt'), show: ({ started_at }) => <Moment at={started_at} withAgo /> },
    { name: t('system.lastSeen'), show: ({ last_seen_at }) => <Moment at={last_seen_at} /> },
  ];

  return (
    <Panel title={t('system.services')}>
      <DataTable
        caption={t('system.services')}
        rows={services}
        columns={columns}
        rowId={({ id }) => id}
      />
      <Text size="xs" c="dimmed">
        {t('system.at')} <Moment at={at} />
      </Text>
    </Panel>
  );
}

function Waiting({ system: { backlog, outbox, broker } }: { system: System }) {
  const { t } = useTranslation();
  const format = useFormat();
  const seconds = useSeconds();

  return (
    <Panel title={t('system.backlog')}>
      <FactTable>
        <FactRow name={t('system.readyChunks')}>{format.number(backlog.ready_chunks)}</FactRow>
        <FactRow name={t('system.readyEvents')}>{format.number(backlog.ready_events)}</FactRow>
        <FactRow name={t('system.waitsSince')}>{seconds(backlog.oldest_seconds)}</FactRow>
        <FactRow name={t('system.deadLetters')}>{format.number(backlog.dead_letters)}</FactRow>
        <FactRow name={t('system.outbox')}>{format.number(outbox.rows)}</FactRow>
        <FactRow name={t('system.lag')}>{seconds(outbox.lag_seconds)}</FactRow>
        <FactRow name={t('system.broker')}>
          {broker.connected
            ? t('system.connected')
            : t('system.away', { message: broker.message ?? '' })}
        </FactRow>
      </FactTable>
    </Panel>
  );
}

function Versions({ system: { versions, ingest_address: ingest } }: { system: System }) {
  const { t } = useTranslation();

  return (
    <Panel title={t('system.versions')}>
      <FactTable>
        <FactRow name={t('system.service')}>{versions.service}</FactRow>
        <FactRow name={t('system.schema')}>{versions.schema}</FactRow>
        <FactRow name={t('system.ingest')}>{ingest ?? t('system.ingestUnknown')}</FactRow>
        <FactRow name="PostgreSQL">{versions.postgresql}</FactRow>
        <FactRow name="RabbitMQ">{versions.rabbitmq}</FactRow>
      </FactTable>
    </Panel>
  );
}

function Partners({ integrations }: { integrations: IntegrationStanding[] }) {
  const { t } = useTranslation();

  return (
    <Panel title={t('system.partners')}>
      {integrations.map(({ id, name, health }) => (
        <Stack key={id} gap="xs">
          <Text fw={600}>{name}</Text>
          <div>
            <StatusBadge status={health.status} /> {health.message}
          </div>
          <Text size="sm">
            {t('system.breaker')}: {t(`system.breakers.${health.breaker.state}`)}
          </Text>
          <RateWindows windows={health.windows} />
        </Stack>
      ))}
    </Panel>
  );
}
