import { useTranslation } from 'react-i18next';
import type { FieldSpec } from '../../shared/form/Fields';
import type { FieldGroup } from '../../shared/form/MoreFields';
import { entityTypes, useEntityTitle, useNames, useSyncTypeName } from '../../shared/names';
import { useIntegrations } from '../integrations/useIntegrations';
import { useFilterFields, useOptionFields } from '../syncs/requestForm';
import { type ScheduleForm, windowUnits } from './scheduleForm';

const presets = [
  { name: 'minutes5', cron: '*/5 * * * *' },
  { name: 'minutes15', cron: '*/15 * * * *' },
  { name: 'hourly', cron: '0 * * * *' },
  { name: 'daily', cron: '0 2 * * *' },
  { name: 'weekly', cron: '0 3 * * 1' },
] as const;

const MOST_RECORDS = 5_000;
const A_DAY_SECONDS = 86_400;
const MOST_JITTER_SECONDS = 3_600;

/** What is asked of every schedule, and what is folded away. */
export function useScheduleFields() {
  const fields = [...useSubjectFields(), ...useTimeFields()];
  return { fields, more: useMoreFields() };
}

const choicesOf = (names: readonly string[], words: (name: string) => string) =>
  names.map((value) => ({ value, label: words(value) }));

/** What is synced. */
function useSubjectFields(): FieldSpec<ScheduleForm>[] {
  const { t } = useTranslation();
  const entityTitle = useEntityTitle();
  const typeName = useSyncTypeName();
  const directionName = useNames('directions');
  const integrations = useIntegrations().data?.data?.integrations ?? [];

  return [
    { name: 'name', words: t('schedules.name'), isNeeded: true },
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
      choices: choicesOf(entityTypes, entityTitle),
    },
    {
      name: 'sync_direction',
      words: t('syncs.direction'),
      kind: 'choice',
      choices: choicesOf(['to_geniacs', 'from_geniacs', 'bidirectional'], directionName),
    },
    {
      name: 'sync_type',
      words: t('syncs.type'),
      kind: 'choice',
      choices: choicesOf(['incremental', 'full'], typeName),
    },
  ];
}

/** When it ticks. */
function useTimeFields(): FieldSpec<ScheduleForm>[] {
  const { t } = useTranslation();
  const overlapName = useNames('overlaps');
  const catchUpName = useNames('catchUps');

  return [
    {
      name: 'preset',
      words: t('schedules.preset'),
      kind: 'choice',
      choices: [
        { value: '', label: t('schedules.own') },
        ...presets.map(({ name, cron }) => ({
          value: cron,
          label: t(`schedules.presets.${name}`),
        })),
      ],
    },
    { name: 'cron_expression', words: t('schedules.cron'), hint: t('schedules.cronHint') },
    { name: 'time_zone', words: t('schedules.zone'), isNeeded: true },
    {
      name: 'overlap',
      words: t('schedules.overlap'),
      kind: 'choice',
      choices: choicesOf(['skip', 'queue'], overlapName),
    },
    {
      name: 'catch_up',
      words: t('schedules.catchUp'),
      kind: 'choice',
      choices: choicesOf(['skip', 'one', 'all'], catchUpName),
    },
    {
      name: 'jitter_seconds',
      words: t('schedules.jitter'),
      kind: 'number',
      most: MOST_JITTER_SECONDS,
    },
    { name: 'is_active', words: t('schedules.active'), kind: 'checkbox' },
  ];
}

/** How much a run looks at, and what it may do. */
function useMoreFields(): FieldGroup<ScheduleForm>[] {
  const { t } = useTranslation();
  const filters = useFilterFields<ScheduleForm>();
  const options = useOptionFields<ScheduleForm>();

  const limits: FieldSpec<ScheduleForm>[] = [
    {
      name: 'sync_window',
      words: t('schedules.window'),
      hint: t('schedules.windowHint'),
      kind: 'number',
      least: 1,
      placeholder: t('schedules.usual'),
    },
    {
      name: 'window_unit',
      words: t('schedules.unit'),
      kind: 'choice',
      choices: windowUnits.map((value) => ({ value, label: t(`schedules.units.${value}`) })),
    },
    {
      name: 'batch_size',
      words: t('schedules.batchSize'),
      kind: 'number',
      least: 1,
      most: MOST_RECORDS,
      placeholder: t('schedules.usual'),
    },
    {
      name: 'max_execution_time',
      words: t('schedules.longest'),
      kind: 'number',
      least: 1,
      most: A_DAY_SECONDS,
      placeholder: t('schedules.usual'),
    },
    {
      name: 'retry_failed',
      words: t('schedules.retryFailed'),
      kind: 'choice',
      choices: [
        { value: '', label: t('schedules.retryFailedChoices.usual') },
        { value: 'yes', label: t('schedules.retryFailedChoices.yes') },
        { value: 'no', label: t('schedules.retryFailedChoices.no') },
      ],
    },
  ];
  return [
    { words: t('schedules.limits'), fields: limits },
    {
      words: t('schedules.filters'),
      fields: [
        ...filters,
        ...options,
        { name: 'dry_run', words: t('schedules.dryRun'), kind: 'checkbox' },
      ],
    },
  ];
}
