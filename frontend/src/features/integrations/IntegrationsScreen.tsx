import { Button, Group, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../session/session';
import { FailurePanel } from '../../shared/FailurePanel';
import { ArchivedIntegrations } from './ArchivedIntegrations';
import { CreateIntegration } from './CreateIntegration';
import { IntegrationCard } from './IntegrationCard';
import { useIntegrations } from './useIntegrations';

/** The partners that are connected, each with its state and what can be done about it. */
export function IntegrationsScreen() {
  const { t } = useTranslation();
  const mayChange = useMay('admin');
  const [creating, { open, close }] = useDisclosure();

  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t('integrations.title')}
        </Title>
        <Group gap="xs">
          {mayChange ? <ArchivedIntegrations /> : null}
          {mayChange ? (
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
              {t('integrations.add')}
            </Button>
          ) : null}
        </Group>
      </Group>

      <IntegrationCards />
      <CreateIntegration opened={creating} onClose={close} />
    </Stack>
  );
}

function IntegrationCards() {
  const { t } = useTranslation();
  const { data, error, isPending, isError, refetch, dataUpdatedAt } = useIntegrations();
  const integrations = data?.data?.integrations;

  return (
    <Stack gap="lg">
      {isError ? (
        <FailurePanel
          failure={error}
          onRetry={() => void refetch()}
          shownAsOf={data ? dataUpdatedAt : undefined}
        />
      ) : null}
      {isPending ? <Loading /> : null}
      {integrations?.length === 0 ? (
        <Stack gap={4}>
          <Text fw={600}>{t('integrations.empty')}</Text>
          <Text c="dimmed">{t('integrations.emptyHint')}</Text>
        </Stack>
      ) : null}

      <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} spacing="lg">
        {integrations?.map((integration) => (
          <IntegrationCard key={integration.id} integration={integration} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}

function Loading() {
  const { t } = useTranslation();

  return (
    <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} aria-busy aria-label={t('integrations.loading')}>
      {[1, 2, 3].map((place) => (
        <Skeleton key={place} height={280} />
      ))}
    </SimpleGrid>
  );
}
