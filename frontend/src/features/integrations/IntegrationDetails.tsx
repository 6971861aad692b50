import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Integration } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { FactRow, FactTable } from '../../shared/FactTable';

type Props = { integration: Integration; opened: boolean; onClose: () => void };

/** How an integration is configured. */
export function IntegrationDetails({ integration, opened, onClose }: Props) {
  const { t } = useTranslation();
  const { configuration } = integration;
  const policy = configuration?.conflict_policy ?? 'newest';

  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      title={t('integrations.details.title', { name: integration.name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <FactTable>
        <FactRow name={t('integrations.details.endpointUrl')}>{integration.endpoint_url}</FactRow>
        <FactRow name={t('integrations.details.webhookUrl')}>{integration.webhook_url}</FactRow>
        <FactRow name={t('integrations.details.timeout')}>
          {t('integrations.details.seconds', { number: integration.timeout_seconds })}
        </FactRow>
        <FactRow name={t('integrations.details.attempts')}>{integration.retry_attempts}</FactRow>
        <FactRow name={t('integrations.details.schedules')}>
          {configuration?.auto_sync === false
            ? t('integrations.details.schedulesOff')
            : t('integrations.details.schedulesOn')}
        </FactRow>
        <FactRow name={t('integrations.details.conflictPolicy')}>
          {t(`integrations.details.conflictPolicies.${policy}`)}
        </FactRow>
        <FactRow name={t('integrations.details.created')}>
          <Moment at={integration.created_at} />
        </FactRow>
      </FactTable>
    </Modal>
  );
}
