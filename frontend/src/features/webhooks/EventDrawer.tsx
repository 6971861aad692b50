import { Alert, Button, Drawer, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { WebhookEvent } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { Fact, Facts } from '../../shared/Facts';
import { useNames } from '../../shared/names';
import { Loaded } from '../../shared/Panel';
import { StatusBadge } from '../../shared/StatusBadge';
import { useAction } from '../../shared/useAction';
import { useEscape } from '../../shared/useEscape';
import { useUrlParameter } from '../../shared/useUrlParameter';
import { Json } from '../../shared/Value';
import { MappedRecord } from './MappedRecord';

/** The event that the address names: its payload beside the record that it is about. */
export function EventDrawer() {
  const { t } = useTranslation();
  const [id, setId] = useUrlParameter('id', '');
  const close = () => setId('');
  useEscape(id !== '', close);

  return (
    <Drawer
      opened={id !== ''}
      onClose={close}
      closeOnEscape={false}
      position="right"
      size="72rem"
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
            <EventFacts event={data.webhook_event} />
            <Replay event={data.webhook_event} />
            <SimpleGrid cols={{ base: 1, md: 2 }} style={{ alignItems: 'start' }}>
              <Payload event={data.webhook_event} />
              <MappedRecord event={data.webhook_event} />
            </SimpleGrid>
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function EventFacts({ event }: { event: WebhookEvent }) {
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
      <Facts>
        <Fact name={t('webhooks.type')}>{event.event_type}</Fact>
        <Fact name={t('shared.status')}>
          <StatusBadge status={event.state} />
        </Fact>
        <Fact name={t('webhooks.outcome')}>
          {event.outcome === null ? null : outcomeName(event.outcome)}
        </Fact>
        <Fact name={t('webhooks.id')}>{event.geniacs_id}</Fact>
        <Fact name={t('webhooks.eventId')}>{event.event_id}</Fact>
        <Fact name={t('webhooks.attempts')}>{format.number(event.processing_attempts)}</Fact>
        <Fact name={t('webhooks.duplicates')}>{format.number(event.duplicates)}</Fact>
        <Fact name={t('webhooks.received')}>
          <Moment at={event.created_at} />
        </Fact>
        <Fact name={t('webhooks.processed')}>
          <Moment at={event.processed_at} />
        </Fact>
      </Facts>
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
    <Stack gap="xs">
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
    </Stack>
  );
}
