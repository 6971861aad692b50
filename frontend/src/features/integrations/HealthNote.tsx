import { Alert } from '@mantine/core';
import { IconPlayerPause } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { IntegrationHealth } from '../../api/generated';
import { useFormat } from '../../format/useFormat';

/** Says in words why the work of an integration is held back, and until when. Nothing is shown where it goes on. */
export function HealthNote({ health }: { health: IntegrationHealth | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (health?.status !== 'paused') return null;

  const reason = health.message ?? health.reason ?? t('integrations.health.noReason');
  const words = health.paused_until
    ? t('integrations.health.pausedUntil', { at: format.time(health.paused_until), reason })
    : t('integrations.health.paused', { reason });
  return (
    <Alert color="yellow" variant="light" icon={<IconPlayerPause aria-hidden />}>
      {words}
    </Alert>
  );
}
