import { Button, Group, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Integration } from '../../api/generated';
import { useMay } from '../../session/session';
import { FailurePanel } from '../../shared/FailurePanel';
import { FilterBar } from '../../shared/list/FilterBar';
import { Empty } from '../../shared/Panel';
import { useUrlParameter, useUrlValue } from '../../shared/useUrlParameter';
import { ArchivedIntegrations } from './ArchivedIntegrations';
import { CreateIntegration } from './CreateIntegration';
import { IntegrationCard } from './IntegrationCard';
import { useIntegrations } from './useIntegrations';

/** Up to so many can be looked over without a filter. */
const FEW = 12;
const SHOWN_AT_ONCE = 30;

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

      {integrations ? <Cards integrations={integrations} /> : null}
    </Stack>
  );
}

/** One card each; where there are many, those that were asked for, some at a time. */
function Cards({ integrations }: { integrations: Integration[] }) {
  const { t } = useTranslation();
  const name = useUrlValue('q')?.trim().toLocaleLowerCase() ?? '';
  const openedId = useUrlValue('id');
  const [shown, setShown] = useUrlParameter('shown', String(SHOWN_AT_ONCE));
  const matching = integrations.filter((each) =>
    (each.name ?? '').toLocaleLowerCase().includes(name),
  );
  const limit = Number(shown) || SHOWN_AT_ONCE;

  // The card that a link opens is there wherever it stands in the list.
  const cards = matching.filter(({ id }, place) => place < limit || String(id) === openedId);

  return (
    <>
      {integrations.length > FEW ? (
        <FilterBar filters={[{ name: 'q', words: t('integrations.byName'), kind: 'text' }]} />
      ) : null}
      {integrations.length > 0 && matching.length === 0 ? (
        <Empty title={t('shared.emptyFiltered')} />
      ) : null}

      <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} spacing="lg">
        {cards.map((integration) => (
          <IntegrationCard key={integration.id} integration={integration} />
        ))}
      </SimpleGrid>

      {matching.length > limit ? (
        <Button
          variant="default"
          style={{ alignSelf: 'center' }}
          onClick={() => setShown(String(limit + SHOWN_AT_ONCE))}
        >
          {t('integrations.showMore', { count: matching.length - limit })}
        </Button>
      ) : null}
    </>
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
