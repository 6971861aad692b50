import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { NotificationRule } from '../../api/generated';
import { Page } from '../../shared/Page';
import { SecretDialog } from '../../shared/Secret';
import { RuleDialog } from './RuleDialog';
import { Rules } from './Rules';
import { Told } from './Told';

/** Who is told when something is wrong, and what was told. */
export function NotificationsScreen() {
  const { t } = useTranslation();
  const [edited, setEdited] = useState<NotificationRule | 'new' | null>(null);
  const [secret, setSecret] = useState('');

  return (
    <Page
      title={t('notifications.title')}
      about={t('notifications.about')}
      actions={<Button onClick={() => setEdited('new')}>{t('notifications.add')}</Button>}
    >
      <Rules onEdit={setEdited} onSecret={setSecret} />
      <Told />
      {edited === null ? null : (
        <RuleDialog
          rule={edited === 'new' ? undefined : edited}
          onSecret={setSecret}
          onClose={() => setEdited(null)}
        />
      )}
      {secret ? (
        <SecretDialog
          title={t('notifications.secret')}
          secret={secret}
          hint={t('notifications.secretHint')}
          done={t('notifications.secretDone')}
          onClose={() => setSecret('')}
        />
      ) : null}
    </Page>
  );
}
