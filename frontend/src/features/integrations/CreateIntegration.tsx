import { zodResolver } from '@hookform/resolvers/zod';
import {
  Alert,
  Button,
  Checkbox,
  Group,
  PasswordInput,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { NewIntegrationBody } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { Dialog } from '../../shared/Dialog';
import { MoreFields } from '../../shared/form/MoreFields';
import { useCheckedForm } from '../../shared/form/useCheckedForm';
import { useFailureWords } from '../../shared/useFailureWords';
import { useServerDetails } from '../../shared/useServerDetails';
import { bodyOfForm, emptyForm, type IntegrationForm, integrationSchema } from './integrationForm';
import { integrationsKey } from './useIntegrations';
import { useSettingsFields } from './useSettingsFields';
import { WebhookSteps } from './WebhookSteps';

type Props = { opened: boolean; onClose: () => void };

/** Connects a partner; afterwards the webhook secret is shown, once, where one was made. */
export function CreateIntegration({ opened, onClose }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: (body: NewIntegrationBody) => geniacsService.createIntegration(body),
    onSuccess: (answer) => {
      void queries.invalidateQueries({ queryKey: integrationsKey });
      if (!answer.data?.integration?.webhook_secret) close();
    },
  });
  const made = create.data?.data?.integration;
  const secret = made?.webhook_secret;

  const close = () => {
    create.reset();
    onClose();
  };

  return (
    <Dialog
      opened={opened}
      onClose={close}
      // A click beside it must not throw away a secret that is shown only once, nor what was typed.
      closeOnClickOutside={false}
      size="lg"
      title={secret ? t('integrations.made.title') : t('integrations.form.title')}
    >
      {made && secret ? (
        <MadeSecret integrationId={made.id} secret={secret} onClose={close} />
      ) : (
        <IntegrationFields
          onSubmit={(body) => create.mutate(body)}
          onCancel={close}
          isSubmitting={create.isPending}
          failure={create.error}
        />
      )}
    </Dialog>
  );
}

type FieldsProps = {
  onSubmit: (body: NewIntegrationBody) => void;
  onCancel: () => void;
  isSubmitting: boolean;
  failure: unknown;
};

function IntegrationFields({ onSubmit, onCancel, isSubmitting, failure }: FieldsProps) {
  const { t } = useTranslation();
  const words = useFailureWords();
  const schema = useMemo(() => integrationSchema(t), [t]);
  const form = useCheckedForm<IntegrationForm>({
    resolver: zodResolver(schema),
    defaultValues: emptyForm,
  });
  const { register, handleSubmit, formState, setError } = form;
  const { errors } = formState;
  const settings = useSettingsFields<IntegrationForm>('settings.');
  useServerDetails(failure, setError, emptyForm);

  return (
    <form onSubmit={handleSubmit((values) => onSubmit(bodyOfForm(values)))} noValidate>
      <Stack>
        <TextInput
          label={t('integrations.form.name')}
          data-autofocus
          error={errors.name?.message}
          {...register('name')}
        />
        <Textarea
          label={t('integrations.form.description')}
          rows={3}
          error={errors.description?.message}
          {...register('description')}
        />
        <TextInput
          label={t('integrations.form.endpointUrl')}
          type="url"
          placeholder="https://api.geniacs.com/v1"
          error={errors.endpoint_url?.message}
          {...register('endpoint_url')}
        />
        <PasswordInput
          label={t('integrations.form.apiKey')}
          autoComplete="off"
          error={errors.api_key?.message}
          {...register('api_key')}
        />
        <PasswordInput
          label={t('integrations.form.apiSecret')}
          autoComplete="off"
          error={errors.api_secret?.message}
          {...register('api_secret')}
        />
        <TextInput
          label={t('integrations.form.webhookUrl')}
          type="url"
          placeholder="https://example.com/geniacs/webhook"
          error={errors.webhook_url?.message}
          {...register('webhook_url')}
        />
        <PasswordInput
          label={t('integrations.form.webhookSecret')}
          description={t('integrations.form.webhookSecretHint')}
          autoComplete="off"
          error={errors.webhook_secret?.message}
          {...register('webhook_secret')}
        />
        <Checkbox label={t('integrations.form.isActive')} {...register('is_active')} />
        <Checkbox label={t('integrations.form.syncEnabled')} {...register('sync_enabled')} />
        <Checkbox label={t('integrations.form.testFirst')} {...register('test')} />
        <MoreFields
          form={form}
          group={{ words: t('integrations.settings.title'), fields: settings }}
        />

        {failure ? (
          <Alert color="red" variant="light" role="alert">
            {words(failure)}
          </Alert>
        ) : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" disabled={isSubmitting}>
            {t(isSubmitting ? 'integrations.form.submitting' : 'integrations.form.submit')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

type MadeProps = { integrationId: number; secret: string; onClose: () => void };

function MadeSecret({ integrationId, secret, onClose }: MadeProps) {
  const { t } = useTranslation();

  return (
    <Stack>
      <Text fw={600}>{t('integrations.made.once')}</Text>
      <WebhookSteps integrationId={integrationId} secret={secret} />
      <Group justify="flex-end">
        <Button onClick={onClose}>{t('integrations.made.done')}</Button>
      </Group>
    </Stack>
  );
}
