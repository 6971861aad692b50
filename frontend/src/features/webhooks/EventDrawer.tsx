import { Alert, Anchor, Button, Drawer, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { EntityType, WebhookEvent } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { FactRow, FactTable } from '../../shared/FactTable';
import { useNames } from '../../shared/names';
import { Loaded } from '../../shared/Panel';
import { StatusBadge } from '../../shared/StatusBadge';
import { useAction } from '../../shared/useAction';
import { useUrlParameter } from '../../shared/useUrlParameter';
import { Json } from '../../shared/Value';

/** The event that the address names: its payload beside the record that it is about. */
export function EventDrawer() {
  const { t } = useTranslation();
  const [id, setId] = useUrlParameter('id', '');

  return (
    <Drawer
      opened={id !== ''}
      onClose={() => setId('')}
      position="right"
      size="xl"
      title={`${t('webhooks.event')} ${id}`}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {id === '' ? null : <EventDetails id={Number(id)} />}
    </Drawer>
  );
}

function EventDetails({ id }: { id: number }) {
  const query = useQuery({
    queryKey: ['webhook-event', id],
    queryFn: () => geniacsService.getWebhookEvent(id),
  });

  return (
    <Stack>
      <Loaded query={query}>
        {({ data }) => (
          <>
            <Facts event={data.webhook_event} />
            <Replay event={data.webhook_event} />
            <Payload event={data.webhook_event} />
            <LocalRecord event={data.webhook_event} />
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function Facts({ event }: { event: WebhookEvent }) {
  const { t } = useTranslation();
  const format = useFormat();
  const outcomeName = useNames('actions');

  return (
    <>
      {event.error_message ? (
        <Alert color="red" variant="light" title={t('webhooks.error')}>
          {event.error_message}
        </Alert>
      ) : null}
      <FactTable>
        <FactRow name={t('webhooks.type')}>{event.event_type}</FactRow>
        <FactRow name={t('shared.status')}>
          <StatusBadge status={event.state} />
        </FactRow>
        <FactRow name={t('webhooks.outcome')}>
          {event.outcome === null ? null : outcomeName(event.outcome)}
        </FactRow>
        <FactRow name={t('webhooks.id')}>{event.geniacs_id}</FactRow>
        <FactRow name={t('webhooks.eventId')}>{event.event_id}</FactRow>
        <FactRow name={t('webhooks.attempts')}>{format.number(event.processing_attempts)}</FactRow>
        <FactRow name={t('webhooks.duplicates')}>{format.number(event.duplicates)}</FactRow>
        <FactRow name={t('webhooks.received')}>
          <Moment at={event.created_at} />
        </FactRow>
        <FactRow name={t('webhooks.processed')}>
          <Moment at={event.processed_at} />
        </FactRow>
      </FactTable>
    </>
  );
}

function Replay({ event }: { event: WebhookEvent }) {
  const { t } = useTranslation();
  const mayReplay = useMay('operator');
  const replay = useAction({
    run: () => geniacsService.replayWebhookEvent(event.id),
    done: () => t('webhooks.replayed', { id: event.id }),
    changes: [['webhook-event', event.id], ['webhook-events']],
  });
  if (!mayReplay) return null;

  return (
    <Group>
      <Button onClick={() => replay.start(undefined)} loading={replay.isPending}>
        {t('webhooks.replay')}
      </Button>
    </Group>
  );
}

function Payload({ event }: { event: WebhookEvent }) {
  const { t } = useTranslation();

  return (
    <>
      <Title order={3} size="h5">
        {t('webhooks.payload')}
      </Title>
      {event.payload === undefined ? (
        <Text size="sm" c="dimmed">
          {t('webhooks.payloadHidden')}
        </Text>
      ) : (
        <Json value={event.payload} />
      )}
    </>
  );
}

/** The record here that the event is about, as it is now. */
function LocalRecord({ event }: { event: WebhookEvent }) {
  const { t } = useTranslation();
  const { entity_type: entityType, geniacs_id: geniacsId, integration_id: integrationId } = event;
  const query = useQuery({
    queryKey: ['records', entityType, integrationId, geniacsId],
    queryFn: () =>
      geniacsService.getRecords(entityType as EntityType, {
        integration_id: integrationId,
        q: geniacsId ?? '',
        limit: 1,
      }),
    enabled: entityType !== null && geniacsId !== null,
  });
  if (entityType === null || geniacsId === null) return null;

  return (
    <>
      <Title order={3} size="h5">
        {t('webhooks.local')}
      </Title>
      <Loaded query={query}>
        {({ data }) => {
          const record = data.records[0];
          if (!record) return <Text size="sm">{t('webhooks.localNone')}</Text>;
          return (
            <>
              <Anchor
                component={Link}
                size="sm"
                to={`/records/${entityType}/${record.id}?integration=${integrationId}`}
              >
                {t('webhooks.record')} {record.id}
              </Anchor>
              <Json value={record.record} />
            </>
          );
        }}
      </Loaded>
    </>
  );
}
