import { Alert, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ConnectionTest } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { useFormat } from '../../format/useFormat';
import { Dialog } from '../../shared/Dialog';
import { FactRow, FactTable } from '../../shared/FactTable';

type Props = { result: ConnectionTest; onClose: () => void };

/** What a connection test found, and what to do about it. */
export function ConnectionTestResult({ result, onClose }: Props) {
  const { t } = useTranslation();

  return (
    <Dialog opened onClose={onClose} title={t('integrations.tested.title')}>
      <Stack>
        <Verdict result={result} />
        <Facts result={result} />
      </Stack>
    </Dialog>
  );
}

function Verdict({ result }: { result: ConnectionTest }) {
  const { t } = useTranslation();

  if (result.status === 'success') {
    return (
      <Alert color="green" variant="light" icon={<IconCheck aria-hidden />}>
        {t('integrations.tested.success')}
        {result.warning ? <Text size="sm">{result.warning}</Text> : null}
      </Alert>
    );
  }

  const remedy = result.authentication === 'invalid' ? 'invalid' : 'unknown';
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={t('integrations.tested.failed')}
    >
      <Text size="sm">{result.error}</Text>
      <Text size="sm">{t(`integrations.tested.remedy.${remedy}`)}</Text>
    </Alert>
  );
}

function Facts({ result }: { result: ConnectionTest }) {
  const { t } = useTranslation();
  const format = useFormat();
  const limits = result.rate_limits;

  return (
    <FactTable>
      <FactRow name={t('integrations.tested.latency')}>
        {t('integrations.tested.milliseconds', { number: format.number(result.response_time) })}
      </FactRow>
      <FactRow name={t('integrations.tested.apiVersion')}>{result.api_version}</FactRow>
      <FactRow name={t('integrations.tested.authentication')}>
        {t(`integrations.tested.authentications.${result.authentication}`)}
      </FactRow>
      <FactRow name={t('integrations.tested.statusCode')}>{result.status_code}</FactRow>
      <FactRow name={t('integrations.tested.remaining')}>
        {limits?.remaining_requests == null ? null : format.number(limits.remaining_requests)}
      </FactRow>
      <FactRow name={t('integrations.tested.reset')}>
        {limits?.reset_time ? <Moment at={limits.reset_time} /> : null}
      </FactRow>
      <FactRow name={t('integrations.tested.endpoints')}>
        {result.supported_endpoints?.join(' ')}
      </FactRow>
      <FactRow name={t('integrations.tested.testedAt')}>
        {result.tested_at ? <Moment at={result.tested_at} /> : null}
      </FactRow>
    </FactTable>
  );
}
