import { Button, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useInRouterContext } from 'react-router';
import type { EntityType, SyncRequest } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { FailurePanel } from '../../shared/FailurePanel';
import { entityTypes, useEntityName } from '../../shared/names';

const TriggerDialog = lazy(async () => ({
  default: (await import('../syncs/TriggerDialog')).TriggerDialog,
}));

/** Sends what has changed of one kind of record to Geniacs. */
export function TriggerSync({ integrationId }: { integrationId: number | undefined }) {
  const { t } = useTranslation();
  const mayTrigger = useMay('operator');
  const entityName = useEntityName();
  const queries = useQueryClient();
  const trigger = useMutation({
    mutationFn: (request: SyncRequest) => geniacsService.triggerSync(request),
    onSuccess: ({ data: { sync } }) => {
      void queries.invalidateQueries({ queryKey: ['geniacs-statistics'] });
      const entity = entityName(sync.entity_type);
      notifications.show({ message: t('syncStatus.triggered', { id: sync.id, entity }) });
    },
  });
  if (!mayTrigger) return null;

  const start = (entityType: EntityType) => {
    if (integrationId === undefined) return;
    trigger.mutate({
      integration_id: integrationId,
      entity_type: entityType,
      sync_type: 'incremental',
      sync_direction: 'to_geniacs',
    });
  };

  return (
    <Card withBorder padding="lg">
      <Stack gap="sm">
        <Title order={2} size="h4">
          {t('syncStatus.trigger')}
        </Title>
        <Text size="sm" c="dimmed">
          {t(integrationId === undefined ? 'syncStatus.triggerHint' : 'syncStatus.triggerWhat')}
        </Text>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }}>
          {entityTypes.map((entityType) => (
            <Button
              key={entityType}
              variant="light"
              onClick={() => start(entityType)}
              disabled={integrationId === undefined || trigger.isPending}
            >
              {t('syncStatus.sync', { entity: entityName(entityType) })}
            </Button>
          ))}
        </SimpleGrid>
        <MoreChoices />
        {trigger.isError ? <FailurePanel failure={trigger.error} /> : null}
      </Stack>
    </Card>
  );
}

/** Direction, type, filters and options, where the page is part of the dashboard. */
function MoreChoices() {
  const { t } = useTranslation();
  const isRouted = useInRouterContext();
  const [opened, { open, close }] = useDisclosure();
  if (!isRouted) return null;

  return (
    <Group>
      <Button variant="subtle" onClick={open}>
        {t('syncStatus.more')}
      </Button>
      {opened ? (
        <Suspense>
          <TriggerDialog onClose={close} />
        </Suspense>
      ) : null}
    </Group>
  );
}
