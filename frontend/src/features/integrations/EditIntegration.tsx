import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Integration } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { FormDialog } from '../../shared/form/FormDialog';
import { type SettingsForm, settingsBody, settingsOf } from './settingsForm';
import { integrationsKey } from './useIntegrations';
import { useSettingsFields } from './useSettingsFields';

type EditForm = SettingsForm & {
  name: string;
  description: string;
  endpoint_url: string;
  webhook_url: string;
  is_active: boolean;
  sync_enabled: boolean;
  test: boolean;
};

const formOf = (integration: Integration): EditForm => ({
  name: integration.name,
  description: integration.description ?? '',
  endpoint_url: integration.endpoint_url,
  webhook_url: integration.webhook_url ?? '',
  is_active: integration.is_active,
  sync_enabled: integration.sync_enabled,
  test: false,
  ...settingsOf(integration),
});

type Props = { integration: Integration; onClose: () => void };

/** Everything that can be changed of an integration, its credentials apart. */
export function EditIntegration({ integration, onClose }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const settings = useSettingsFields<EditForm>('');
  // What the form is an edit of: after somebody else's change, that one.
  const [base, setBase] = useState(integration);

  const save = async (form: EditForm) => {
    await geniacsService.editIntegration({
      id: base.id,
      version: base.version,
      change: {
        name: form.name,
        description: form.description,
        endpoint_url: form.endpoint_url,
        webhook_url: form.webhook_url,
        is_active: form.is_active,
        sync_enabled: form.sync_enabled,
        ...(form.test ? { test: true } : {}),
        ...settingsBody(form, settingsOf(base), base.configuration),
      },
    });
    void queries.invalidateQueries({ queryKey: integrationsKey });
    onClose();
  };
  const load = async () => {
    const { data } = await geniacsService.getIntegration(integration.id);
    setBase(data.integration);
    return formOf(data.integration);
  };

  return (
    <FormDialog<EditForm>
      title={t('integrations.details.editTitle', { name: integration.name })}
      submit={t('shared.save')}
      defaults={formOf(integration)}
      fields={[
        { name: 'name', words: t('integrations.form.name'), isNeeded: true },
        { name: 'description', words: t('integrations.form.description'), kind: 'lines' },
        {
          name: 'endpoint_url',
          words: t('integrations.form.endpointUrl'),
          kind: 'url',
          isNeeded: true,
        },
        { name: 'webhook_url', words: t('integrations.form.webhookUrl'), kind: 'url' },
        { name: 'is_active', words: t('integrations.form.isActive'), kind: 'checkbox' },
        { name: 'sync_enabled', words: t('integrations.form.syncEnabled'), kind: 'checkbox' },
        ...settings,
        { name: 'test', words: t('integrations.form.testFirst'), kind: 'checkbox' },
      ]}
      onSubmit={save}
      onClose={onClose}
      stale={{ load }}
    />
  );
}
