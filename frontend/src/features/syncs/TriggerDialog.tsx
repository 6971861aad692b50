import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { EntityType, SyncDirection, SyncRequest, SyncType } from '../../api/generated';
import { useOneIntegration } from '../../app/useIntegrationChoice';
import { geniacsService } from '../../services/geniacsService';
import type { FieldSpec } from '../../shared/form/Fields';
import { FormDialog } from '../../shared/form/FormDialog';
import {
  entityTypes,
  useEntityName,
  useEntityTitle,
  useNames,
  useSyncTypeName,
} from '../../shared/names';
import { useIntegrations } from '../integrations/useIntegrations';

const directions = ['to_geniacs', 'from_geniacs', 'bidirectional'] as const;

type TriggerForm = {
  integration_id: string;
  entity_type: EntityType;
  sync_direction: SyncDirection;
  sync_type: SyncType;
  since: string;
  status: string;
  ids: string;
  limit: string;
  create_missing: boolean;
  update_existing: boolean;
  delete_missing: boolean;
  reject: boolean;
  dry_run: boolean;
};

/** What a form asks for, as the gateway takes it; what was left empty is not sent. */
export function requestOf(form: TriggerForm): SyncRequest {
  const ids = form.ids.split(/[\s,;]+/).filter((id) => id !== '');
  const filters = {
    ...(form.since ? { updated_since: `${form.since}T00:00:00Z` } : {}),
    ...(form.status ? { status: form.status } : {}),
    ...(ids.length > 0
      ? { ids: form.sync_direction === 'from_geniacs' ? ids : ids.map(Number) }
      : {}),
    ...(form.limit ? { limit: Number(form.limit) } : {}),
  };

  return {
    integration_id: Number(form.integration_id),
    entity_type: form.entity_type,
    sync_direction: form.sync_direction,
    sync_type: form.sync_type,
    ...(Object.keys(filters).length > 0 ? { filters } : {}),
    options: {
      create_missing: form.create_missing,
      update_existing: form.update_existing,
      delete_missing: form.delete_missing,
      dry_run: form.dry_run,
      confirm_deletes: false,
      if_running: form.reject ? 'reject' : 'queue',
    },
  };
}

type Props = {
  onClose: () => void;
  entityType?: EntityType | undefined;
  ids?: string;
  isDryRun?: boolean;
};

/** Asks what to sync, says in a sentence what will happen, and starts it. */
export function TriggerDialog({ onClose, entityType, ids = '', isDryRun = false }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const integrationId = useOneIntegration();
  const fields = useTriggerFields();

  return (
    <FormDialog<TriggerForm>
      title={t('syncs.trigger.title')}
      submit={t('syncs.trigger.submit')}
      onClose={onClose}
      defaults={{
        integration_id: String(integrationId ?? ''),
        entity_type: entityType ?? 'customers',
        sync_direction: 'to_geniacs',
        sync_type: ids ? 'full' : 'incremental',
        since: '',
        status: '',
        ids,
        limit: '',
        create_missing: true,
        update_existing: true,
        delete_missing: false,
        reject: false,
        dry_run: isDryRun,
      }}
      fields={fields}
      onSubmit={async (values) => {
        const { data } = await geniacsService.triggerSync(requestOf(values));
        void queries.invalidateQueries({ queryKey: ['syncs'] });
        onClose();
        navigate(`/syncs/${data.sync.id}`);
      }}
    >
      {(form) => <Sentence form={form.watch()} />}
    </FormDialog>
  );
}

function useTriggerFields(): FieldSpec<TriggerForm>[] {
  const { t } = useTranslation();
  const entityTitle = useEntityTitle();
  const typeName = useSyncTypeName();
  const directionName = useNames('directions');
  const integrations = useIntegrations().data?.data?.integrations ?? [];

  return [
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
    {
      name: 'sync_direction',
      words: t('syncs.direction'),
      kind: 'choice',
      choices: directions.map((value) => ({ value, label: directionName(value) })),
    },
    {
      name: 'sync_type',
      words: t('syncs.type'),
      kind: 'choice',
      choices: (['incremental', 'full'] as const).map((value) => ({
        value,
        label: typeName(value),
      })),
    },
    { name: 'since', words: t('syncs.trigger.since'), kind: 'date' },
    { name: 'status', words: t('syncs.trigger.state') },
    { name: 'ids', words: t('syncs.trigger.ids'), hint: t('syncs.trigger.idsHint') },
    { name: 'limit', words: t('syncs.trigger.limit'), kind: 'number' },
    { name: 'create_missing', words: t('syncs.trigger.createMissing'), kind: 'checkbox' },
    { name: 'update_existing', words: t('syncs.trigger.updateExisting'), kind: 'checkbox' },
    { name: 'delete_missing', words: t('syncs.trigger.deleteMissing'), kind: 'checkbox' },
    { name: 'reject', words: t('syncs.trigger.reject'), kind: 'checkbox' },
    { name: 'dry_run', words: t('syncs.trigger.dryRun'), kind: 'checkbox' },
  ];
}

function Sentence({ form }: { form: TriggerForm }) {
  const { t } = useTranslation();
  const entity = useEntityName()(form.entity_type);
  const isFull = form.sync_type === 'full';

  const what = {
    to_geniacs: isFull ? 'full' : 'incremental',
    from_geniacs: isFull ? 'pullFull' : 'pullIncremental',
    bidirectional: 'both',
  } as const;
  return (
    <Text size="sm" role="status">
      {t(`syncs.trigger.will.${what[form.sync_direction]}`, { entity })}{' '}
      {form.dry_run ? t('syncs.trigger.will.dry') : ''}
    </Text>
  );
}
