import type { TFunction } from 'i18next';
import * as z from 'zod/mini';
import type { NewIntegrationBody } from '../../api/generated';
import { isAddress } from '../../shared/form/rules';
import { newSettings, type SettingsForm, settingsBody } from './settingsForm';

/** What the form takes, by the gateway's own rules as far as a browser can check them. */
export function integrationSchema(t: TFunction) {
  const needed = (words: string) => z.string().check(z.trim(), z.minLength(1, words));

  return z.object({
    name: needed(t('integrations.form.nameRequired')),
    description: z.string(),
    endpoint_url: needed(t('integrations.form.endpointUrlRequired')).check(
      z.refine(isAddress, t('integrations.form.endpointUrlWrong')),
    ),
    api_key: needed(t('integrations.form.apiKeyRequired')),
    api_secret: needed(t('integrations.form.apiSecretRequired')),
    webhook_url: z
      .string()
      .check(
        z.refine((text) => text === '' || isAddress(text), t('integrations.form.webhookUrlWrong')),
      ),
    webhook_secret: z.string(),
    is_active: z.boolean(),
    sync_enabled: z.boolean(),
    test: z.boolean(),
    settings: z.custom<SettingsForm>(),
  });
}

export type IntegrationForm = z.infer<ReturnType<typeof integrationSchema>>;

export const emptyForm: IntegrationForm = {
  name: '',
  description: '',
  endpoint_url: '',
  api_key: '',
  api_secret: '',
  webhook_url: '',
  webhook_secret: '',
  is_active: true,
  sync_enabled: true,
  test: false,
  settings: newSettings,
};

/**
 * What is sent. An integration that is made here begins with its schedules off: nothing moves before somebody has
 * looked at a dry run and switched them on.
 */
export function bodyOfForm(form: IntegrationForm): NewIntegrationBody {
  return {
    name: form.name,
    endpoint_url: form.endpoint_url,
    api_key: form.api_key,
    api_secret: form.api_secret,
    is_active: form.is_active,
    sync_enabled: form.sync_enabled,
    ...(form.test ? { test: true } : {}),
    ...settingsBody(form.settings, newSettings),
    ...(form.description === '' ? {} : { description: form.description }),
    ...(form.webhook_url === '' ? {} : { webhook_url: form.webhook_url }),
    ...(form.webhook_secret === '' ? {} : { webhook_secret: form.webhook_secret }),
  };
}
