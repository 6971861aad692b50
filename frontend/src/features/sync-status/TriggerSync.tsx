import { Button, Card, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { EntityType, SyncRequest } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { FailurePanel } from '../../shared/FailurePanel';
import { entityTypes, useEntityName } from '../../shared/names';

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
        {trigger.isError ? <FailurePanel failure={trigger.error} /> : null}
      </Stack>
    </Card>
  );
}
