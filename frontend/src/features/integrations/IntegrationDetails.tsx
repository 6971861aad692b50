import { Button, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Integration } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { ConfirmButton } from '../../shared/Confirm';
import { Dialog } from '../../shared/Dialog';
import { FactRow, FactTable } from '../../shared/FactTable';
import { FormDialog } from '../../shared/form/FormDialog';
import { useNames } from '../../shared/names';
import { Loaded } from '../../shared/Panel';
import { RateWindows } from '../../shared/RateWindows';
import { SecretDialog } from '../../shared/Secret';
import { useAction } from '../../shared/useAction';
import { EditIntegration } from './EditIntegration';
import { SendTestEvent } from './SendTestEvent';
import { integrationsKey } from './useIntegrations';
import { WebhookSteps } from './WebhookSteps';

type Props = { integration: Integration; opened: boolean; onClose: () => void };

/** How an integration is configured, and everything that can be done with it. */
export function IntegrationDetails({ integration, opened, onClose }: Props) {
  const { t } = useTranslation();
  const mayChange = useMay('admin');

  return (
    <Dialog
      opened={opened}
      onClose={onClose}
      size="lg"
      title={t('integrations.details.title', { name: integration.name })}
    >
      <Stack>
        <Facts integration={integration} />
        {opened ? <Limits id={integration.id} /> : null}
        {mayChange ? <Actions integration={integration} onGone={onClose} /> : null}
      </Stack>
    </Dialog>
  );
}

function Facts({ integration }: { integration: Integration }) {
  const { t } = useTranslation();
  const policyName = useNames('policies');
  const { configuration } = integration;

  return (
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
        {policyName(configuration?.conflict_policy ?? 'newest')}
      </FactRow>
      <FactRow name={t('integrations.details.created')}>
        <Moment at={integration.created_at} />
      </FactRow>
    </FactTable>
  );
}

/** How much of the partner's limits is used. */
function Limits({ id }: { id: number }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['integration-health', id],
    queryFn: () => geniacsService.getIntegrationHealth(id),
  });

  return (
    <Loaded query={query}>
      {({ data }) =>
        data.health.windows.length === 0 ? null : (
          <div>
            <Text size="sm" fw={600}>
              {t('integrations.details.limits')}
            </Text>
            <RateWindows windows={data.health.windows} />
          </div>
        )
      }
    </Loaded>
  );
}

type ActionsProps = { integration: Integration; onGone: () => void };

function Actions({ integration, onGone }: ActionsProps) {
  const { t } = useTranslation();
  const { id, version, name } = integration;
  const [editing, edit] = useDisclosure();
  const [rotating, rotate] = useDisclosure();
  const [secret, setSecret] = useState('');
  const rotateSecret = useAction({
    run: () => geniacsService.rotateWebhookSecret(id),
    changes: [integrationsKey],
    after: ({ data }) => setSecret(data.integration.webhook_secret),
  });
  const archive = useAction({
    run: () => geniacsService.archiveIntegration({ id, version }),
    done: () => t('integrations.details.archived', { name }),
    changes: [integrationsKey],
    after: onGone,
  });

  return (
    <Group gap="xs">
      <Button onClick={edit.open}>{t('shared.edit')}</Button>
      <Button variant="default" onClick={rotate.open}>
        {t('integrations.details.rotateCredentials')}
      </Button>
      <ConfirmButton
        words={t('integrations.details.rotateSecret')}
        title={t('integrations.details.rotateSecretTitle')}
        onConfirm={() => rotateSecret.start(undefined)}
        button={{ loading: rotateSecret.isPending }}
      >
        {t('integrations.details.rotateSecretHint')}
      </ConfirmButton>
      <SendTestEvent integrationId={id} />
      <ConfirmButton
        words={t('integrations.details.archive')}
        title={t('integrations.details.archiveTitle', { name })}
        typed={name}
        onConfirm={() => archive.start(undefined)}
        button={{ loading: archive.isPending }}
      >
        {t('integrations.details.archiveHint')}
      </ConfirmButton>

      {editing ? <EditIntegration integration={integration} onClose={edit.close} /> : null}
      {rotating ? <RotateCredentials integration={integration} onClose={rotate.close} /> : null}
      {secret ? (
        <SecretDialog
          title={t('integrations.made.secret')}
          secret={secret}
          hint={t('integrations.made.secretHint')}
          done={t('integrations.made.done')}
          onClose={() => setSecret('')}
        >
          <WebhookSteps integrationId={id} secret={secret} />
        </SecretDialog>
      ) : null}
    </Group>
  );
}

type CredentialsForm = { api_key: string; api_secret: string; test: boolean };

function RotateCredentials({ integration, onClose }: Omit<Props, 'opened'>) {
  const { t } = useTranslation();
  const { id, version } = integration;
  const rotate = useAction({
    run: ({ api_key, api_secret, test }: CredentialsForm) =>
      geniacsService.rotateCredentials({
        id,
        version,
        change: {
          test,
          ...(api_key ? { api_key } : {}),
          ...(api_secret ? { api_secret } : {}),
        },
      }),
    done: () => t('integrations.details.rotated'),
    changes: [integrationsKey],
    quiet: true,
  });

  return (
    <FormDialog<CredentialsForm>
      title={t('integrations.details.rotateCredentials')}
      submit={t('shared.save')}
      defaults={{ api_key: '', api_secret: '', test: true }}
      fields={[
        { name: 'api_key', words: t('integrations.form.apiKey'), kind: 'password', least: 1 },
        { name: 'api_secret', words: t('integrations.form.apiSecret'), kind: 'password', least: 1 },
        { name: 'test', words: t('integrations.details.testFirst'), kind: 'checkbox' },
      ]}
      onSubmit={async (form) => {
        await rotate.mutateAsync(form);
        onClose();
      }}
      onClose={onClose}
    />
  );
}
