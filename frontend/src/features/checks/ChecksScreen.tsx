import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { EntityType } from '../../api/generated';
import { useOneIntegration } from '../../app/useIntegrationChoice';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { FormDialog } from '../../shared/form/FormDialog';
import { entityTypes, useEntityTitle } from '../../shared/names';
import { Page } from '../../shared/Page';
import { Empty, Panel } from '../../shared/Panel';
import { useIntegrations } from '../integrations/useIntegrations';

/** Comparisons of both sides. */
export function ChecksScreen() {
  const { t } = useTranslation();
  const mayStart = useMay('operator');
  const [starting, { open, close }] = useDisclosure();

  return (
    <Page
      title={t('checks.title')}
      about={t('checks.about')}
      actions={mayStart ? <Button onClick={open}>{t('checks.start')}</Button> : null}
    >
      <Panel>
        <Empty title={t('checks.empty')} hint={t('checks.emptyHint')} />
      </Panel>
      {starting ? <CheckDialog onClose={close} /> : null}
    </Page>
  );
}

type CheckForm = { integration_id: string; entity_type: EntityType };

function CheckDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const entityTitle = useEntityTitle();
  const integrationId = useOneIntegration();
  const integrations = useIntegrations().data?.data?.integrations ?? [];

  return (
    <FormDialog<CheckForm>
      title={t('checks.start')}
      submit={t('checks.start')}
      defaults={{ integration_id: String(integrationId ?? ''), entity_type: 'customers' }}
      fields={[
        {
          name: 'integration_id',
          words: t('shared.integration'),
          kind: 'choice',
          choices: integrations.map(({ id, name }) => ({ value: String(id), label: name })),
        },
        {
          name: 'entity_type',
          words: t('shared.entity'),
          kind: 'choice',
          choices: entityTypes.map((value) => ({ value, label: entityTitle(value) })),
        },
      ]}
      onSubmit={async ({ integration_id, entity_type }) => {
        const { data } = await geniacsService.startCheck({
          integration_id: Number(integration_id),
          entity_type,
        });
        onClose();
        navigate(`/checks/${data.consistency_check.id}`);
      }}
      onClose={onClose}
    />
  );
}
