import { Badge, Button, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Integration, IntegrationSyncs } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { useFormat } from '../../format/useFormat';
import { useMay } from '../../session/session';
import { FailurePanel } from '../../shared/FailurePanel';
import { RateWindows } from '../../shared/RateWindows';
import { useUrlParameter } from '../../shared/useUrlParameter';
import { ConnectionTestResult } from './ConnectionTestResult';
import { HealthNote } from './HealthNote';
import classes from './IntegrationCard.module.css';
import { IntegrationDetails } from './IntegrationDetails';
import { useConnectionTest } from './useTested';

/** One integration. Fields may be missing: an older gateway may not tell all of them. */
export function IntegrationCard({ integration }: { integration: Integration }) {
  const { t } = useTranslation();
  const mayTest = useMay('operator');
  const [openedId, setOpenedId] = useUrlParameter('id', '');
  const isConfiguring = openedId === String(integration.id);
  const test = useConnectionTest();
  const tested = test.data?.data?.connection_test;
  const oldest = oldestInStep(integration.in_step);

  return (
    <Card withBorder padding="lg" component="article" aria-label={integration.name}>
      <Stack gap="md" className={classes.content}>
        <Group justify="space-between" align="flex-start" gap="xs">
          <div className={classes.name}>
            <Title order={2} size="h4">
              {integration.name}
            </Title>
            <Text size="sm" c="dimmed">
              {integration.description}
            </Text>
          </div>
          <Group gap={6}>
            <Badge color={integration.is_active ? 'green' : 'gray'} variant="light" tt="none">
              {t(integration.is_active ? 'integrations.active' : 'integrations.inactive')}
            </Badge>
            <Badge color={integration.sync_enabled ? 'blue' : 'gray'} variant="light" tt="none">
              {t(
                integration.sync_enabled ? 'integrations.syncEnabled' : 'integrations.syncDisabled',
              )}
            </Badge>
          </Group>
        </Group>

        <HealthNote health={integration.health} />

        <dl className={classes.facts}>
          <Fact name={t('integrations.apiVersion')}>{integration.api_version}</Fact>
          <Fact name={t('integrations.lastSync')}>
            <Moment at={integration.last_sync_at} />
          </Fact>
          {oldest === undefined ? null : (
            <Fact name={t('integrations.inStep')}>
              <Moment at={oldest} />
            </Fact>
          )}
          <Fact name={t('integrations.lastWebhook')}>
            <Moment at={integration.last_webhook_received_at} />
          </Fact>
        </dl>

        <RateWindows windows={integration.rate_windows ?? []} />
        {integration.sync_status ? <SyncCounts counts={integration.sync_status} /> : null}
        {test.isError ? <FailurePanel failure={test.error} /> : null}

        <Group grow mt="auto">
          {mayTest ? (
            <Button
              variant="light"
              onClick={() => test.mutate(integration.id)}
              loading={test.isPending}
            >
              {t('integrations.test')}
            </Button>
          ) : null}
          <Button variant="default" onClick={() => setOpenedId(String(integration.id))}>
            {t('integrations.configure')}
          </Button>
        </Group>
      </Stack>

      {tested ? <ConnectionTestResult result={tested} onClose={test.reset} /> : null}
      <IntegrationDetails
        integration={integration}
        opened={isConfiguring}
        onClose={() => setOpenedId('')}
      />
    </Card>
  );
}

/** As of when all that was ever in step is; undefined where nothing was. */
function oldestInStep(inStep: Integration['in_step'] | undefined): string | undefined {
  const moments = (inStep ?? []).flatMap(({ in_step_as_of: at }) => (at === null ? [] : [at]));
  return moments.sort()[0];
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="figures">{children}</dd>
    </>
  );
}

function SyncCounts({ counts }: { counts: IntegrationSyncs }) {
  const { t } = useTranslation();
  const format = useFormat();
  const rows = [
    { words: t('integrations.syncs.total'), count: counts.total_syncs, color: undefined },
    { words: t('integrations.syncs.successful'), count: counts.successful_syncs, color: 'green' },
    { words: t('integrations.syncs.failed'), count: counts.failed_syncs, color: 'red' },
    { words: t('integrations.syncs.pending'), count: counts.pending_syncs, color: 'blue' },
  ];

  return (
    <div className={classes.counts}>
      <Text size="sm" fw={600} mb="xs">
        {t('integrations.syncs.title')}
      </Text>
      <SimpleGrid cols={2} spacing="md" verticalSpacing={4}>
        {rows.map(({ words, count, color }) => (
          <Group key={words} justify="space-between" gap="xs">
            <Text size="sm">{words}</Text>
            <Text size="sm" fw={600} c={color} className="figures">
              {format.number(count)}
            </Text>
          </Group>
        ))}
      </SimpleGrid>
    </div>
  );
}
