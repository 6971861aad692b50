import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { EntityType, SyncDirection, SyncRequest, SyncType } from '../../api/generated';
import { useOneIntegration } from '../../app/useIntegrationChoice';
import { useTimeZone } from '../../format/timeZone';
import { geniacsService } from '../../services/geniacsService';
import type { FieldSpec } from '../../shared/form/Fields';
import { FormDialog } from '../../shared/form/FormDialog';
import type { FieldGroup } from '../../shared/form/MoreFields';
import {
  entityTypes,
  useEntityName,
  useEntityTitle,
  useNames,
  useSyncTypeName,
} from '../../shared/names';
import { useIntegrations } from '../integrations/useIntegrations';
import {
  filtersOfForm,
  optionsOfForm,
  type RequestForm,
  requestFormOf,
  useFilterFields,
  useOptionFields,
} from './requestForm';

const directions = ['to_geniacs', 'from_geniacs', 'bidirectional'] as const;

type TriggerForm = RequestForm & {
  integration_id: string;
  entity_type: EntityType;
  sync_direction: SyncDirection;
  sync_type: SyncType;
  reject: boolean;
};

/** What a form asks for, as the gateway takes it. A day begins at midnight in `zone`. */
export function requestOf(form: TriggerForm, zone: string): SyncRequest {
  const filters = filtersOfForm(form, form.sync_direction, zone);

  return {
    integration_id: Number(form.integration_id),
    entity_type: form.entity_type,
    sync_direction: form.sync_direction,
    sync_type: form.sync_type,
    ...(Object.keys(filters).length > 0 ? { filters } : {}),
    options: { ...optionsOfForm(form), if_running: form.reject ? 'reject' : 'queue' },
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
  const { zone } = useTimeZone();
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
        ...requestFormOf(undefined, undefined, zone),
        ids,
        reject: false,
        dry_run: isDryRun,
      }}
      {...fields}
      onSubmit={async (values) => {
        const { data } = await geniacsService.triggerSync(requestOf(values, zone));
        void queries.invalidateQueries({ queryKey: ['syncs'] });
        onClose();
        navigate(`/syncs/${data.sync.id}`);
      }}
    >
      {(form) => <Sentence form={form.watch()} />}
    </FormDialog>
  );
}

function useTriggerFields() {
  const { t } = useTranslation();
  const entityTitle = useEntityTitle();
  const typeName = useSyncTypeName();
  const directionName = useNames('directions');
  const integrations = useIntegrations().data?.data?.integrations ?? [];
  const filterFields = useFilterFields<TriggerForm>();
  const optionFields = useOptionFields<TriggerForm>();

  const fields: FieldSpec<TriggerForm>[] = [
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
    ...filterFields,
    { name: 'dry_run', words: t('syncs.trigger.dryRun'), kind: 'checkbox' },
  ];
  const more: FieldGroup<TriggerForm>[] = [
    {
      words: t('syncs.trigger.options'),
      fields: [
        ...optionFields,
        { name: 'reject', words: t('syncs.trigger.reject'), kind: 'checkbox' },
      ],
    },
  ];
  return { fields, more };
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
