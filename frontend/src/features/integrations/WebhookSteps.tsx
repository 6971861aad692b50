import { List, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { geniacsService } from '../../services/geniacsService';
import { CopyText } from '../../shared/Secret';

type Props = { integrationId: number; secret: string };

/** What one does at Geniacs with a webhook secret: the address, the secret, and a test. */
export function WebhookSteps({ integrationId, secret }: Props) {
  const { t } = useTranslation();
  const system = useQuery({ queryKey: ['system'], queryFn: () => geniacsService.getSystem() });
  const ingest = system.data?.data?.system?.ingest_address;
  const path = `api/geniacs/webhook/${integrationId}`;

  return (
    <List type="ordered" spacing="sm" size="sm" styles={{ itemWrapper: { width: '100%' } }}>
      <List.Item>{t('integrations.made.open')}</List.Item>
      <List.Item>
        {t('integrations.made.address')}
        {ingest ? (
          <CopyText text={new URL(path, ingest).href} />
        ) : (
          <>
            <CopyText text={`/${path}`} />
            <Text size="xs" c="dimmed">
              {t('integrations.made.addressUnknown')}
            </Text>
          </>
        )}
      </List.Item>
      <List.Item>
        {t('integrations.made.secret')}
        <CopyText text={secret} />
      </List.Item>
      <List.Item>{t('integrations.made.test')}</List.Item>
    </List>
  );
}
