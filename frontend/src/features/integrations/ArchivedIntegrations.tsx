import { Button, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Integration } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import { Dialog } from '../../shared/Dialog';
import { FormDialog } from '../../shared/form/FormDialog';
import { Empty, Loaded } from '../../shared/Panel';
import { integrationsKey } from './useIntegrations';

/** What was archived, and the way back. */
export function ArchivedIntegrations() {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure();

  return (
    <>
      <Button variant="default" onClick={open}>
        {t('integrations.archive.show')}
      </Button>
      <Dialog opened={opened} onClose={close} size="lg" title={t('integrations.archive.title')}>
        {opened ? <Archived /> : null}
      </Dialog>
    </>
  );
}

function Archived() {
  const { t } = useTranslation();
  const [restored, restore] = useState<Integration | null>(null);
  const query = useQuery({
    queryKey: ['archived-integrations'],
    queryFn: () => geniacsService.getArchivedIntegrations(),
  });

  return (
    <Stack>
      <Loaded query={query}>
        {({ data }) =>
          data.integrations.length === 0 ? (
            <Empty title={t('integrations.archive.empty')} />
          ) : (
            data.integrations.map((integration) => (
              <Group key={integration.id} justify="space-between">
                <div>
                  <Text fw={600}>{integration.name}</Text>
                  <Text size="sm" c="dimmed">
                    {t('integrations.archive.since')} <Moment at={integration.archived_at} />
                  </Text>
                </div>
                <Button size="xs" variant="default" onClick={() => restore(integration)}>
                  {t('integrations.archive.restore')}
                </Button>
              </Group>
            ))
          )
        }
      </Loaded>
      {restored ? <RestoreDialog integration={restored} onClose={() => restore(null)} /> : null}
    </Stack>
  );
}

type RestoreForm = { name: string; api_key: string; api_secret: string };
type DialogProps = { integration: Integration; onClose: () => void };

/** Its credentials were wiped when it was archived, so they are asked for. */
function RestoreDialog({ integration, onClose }: DialogProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();

  return (
    <FormDialog<RestoreForm>
      title={t('integrations.archive.restoreTitle', { name: integration.name })}
      submit={t('integrations.archive.restore')}
      defaults={{ name: integration.name, api_key: '', api_secret: '' }}
      fields={[
        { name: 'name', words: t('integrations.form.name'), isNeeded: true },
        {
          name: 'api_key',
          words: t('integrations.form.apiKey'),
          kind: 'password',
          least: 1,
          hint: t('integrations.archive.credentialsHint'),
          isNeeded: true,
        },
        {
          name: 'api_secret',
          words: t('integrations.form.apiSecret'),
          kind: 'password',
          least: 1,
          isNeeded: true,
        },
      ]}
      onSubmit={async (form) => {
        await geniacsService.restoreIntegration(integration.id, form);
        for (const queryKey of [integrationsKey, ['archived-integrations']]) {
          void queries.invalidateQueries({ queryKey });
        }
        onClose();
      }}
      onClose={onClose}
    />
  );
}
