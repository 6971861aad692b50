import { Alert, Button, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TestEvent } from '../../api/generated';
import { useOneIntegration } from '../../app/useIntegrationChoice';
import { Moment } from '../../format/Moment';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import { Dialog } from '../../shared/Dialog';
import { FactRow, FactTable } from '../../shared/FactTable';
import { useAction } from '../../shared/useAction';

type Props = { integrationId?: number };

/** Sends an event to this system as Geniacs would, to see whether its way in works. */
export function SendTestEvent({ integrationId }: Props) {
  const { t } = useTranslation();
  const one = useOneIntegration();
  const id = integrationId ?? one;
  const [result, setResult] = useState<TestEvent | null>(null);
  const send = useAction({
    run: (to: number) => geniacsService.sendTestEvent(to),
    changes: [['webhook-events']],
    after: ({ data }) => setResult(data.test_event),
  });
  if (id === undefined) return null;

  return (
    <>
      <Button variant="default" onClick={() => send.start(id)} loading={send.isPending}>
        {t('webhooks.test.send')}
      </Button>
      <Dialog
        opened={result !== null}
        onClose={() => setResult(null)}
        title={t('webhooks.test.title')}
      >
        {result ? <Result result={result} /> : null}
      </Dialog>
    </>
  );
}

function Result({ result }: { result: TestEvent }) {
  const { t } = useTranslation();
  const format = useFormat();

  return (
    <Stack>
      <Alert
        color={result.delivered ? 'green' : 'red'}
        variant="light"
        icon={result.delivered ? <IconCheck aria-hidden /> : <IconAlertTriangle aria-hidden />}
        title={t(result.delivered ? 'webhooks.test.arrived' : 'webhooks.test.lost')}
      >
        {result.error ? <Text size="sm">{result.error}</Text> : null}
        <Text size="sm">
          {t(result.delivered ? 'webhooks.test.arrivedHint' : 'webhooks.test.lostHint')}
        </Text>
      </Alert>
      <FactTable>
        <FactRow name={t('webhooks.test.address')}>{result.address}</FactRow>
        <FactRow name={t('webhooks.eventId')}>{result.event_id}</FactRow>
        <FactRow name={t('webhooks.type')}>{result.event_type}</FactRow>
        <FactRow name={t('integrations.tested.statusCode')}>{result.status_code}</FactRow>
        <FactRow name={t('integrations.tested.latency')}>
          {t('integrations.tested.milliseconds', { number: format.number(result.response_time) })}
        </FactRow>
        <FactRow name={t('webhooks.test.sent')}>
          <Moment at={result.sent_at} />
        </FactRow>
      </FactTable>
    </Stack>
  );
}
