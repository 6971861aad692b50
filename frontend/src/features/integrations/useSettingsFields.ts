import type { FieldValues, Path } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { FieldSpec } from '../../shared/form/Fields';
import { entityTypes, useEntityTitle, useNames } from '../../shared/names';
import type { SettingsForm } from './settingsForm';

const policies = ['newest', 'local', 'geniacs', 'manual'] as const;
const numbers = [
  'timeout_seconds',
  'retry_attempts',
  'requests_per_minute',
  'requests_per_hour',
  'requests_per_day',
] as const;
const guards = ['delete_guard_percent', 'change_guard_percent', 'clear_guard_percent'] as const;

/** The fields for everything that can be set; `prefix` says where they are in the form. */
export function useSettingsFields<Form extends FieldValues>(prefix: '' | 'settings.') {
  const { t } = useTranslation();
  const entityTitle = useEntityTitle();
  const policyName = useNames('policies');
  const at = (name: keyof SettingsForm) => `${prefix}${name}` as Path<Form>;

  const fields: FieldSpec<Form>[] = [
    { name: at('api_version'), words: t('integrations.settings.api_version') },
    ...numbers.map(
      (name): FieldSpec<Form> => ({
        name: at(name),
        words: t(`integrations.settings.${name}`),
        kind: 'number',
      }),
    ),
    { name: at('auto_sync'), words: t('integrations.settings.auto_sync'), kind: 'checkbox' },
    {
      name: at('sync_interval'),
      words: t('integrations.settings.sync_interval'),
      hint: t('integrations.settings.sync_intervalHint'),
    },
    { name: at('retry_failed'), words: t('integrations.settings.retry_failed'), kind: 'checkbox' },
    {
      name: at('conflict_policy'),
      words: t('integrations.settings.conflict_policy'),
      kind: 'choice',
      choices: policies.map((value) => ({ value, label: policyName(value) })),
    },
    {
      name: at('real_time'),
      words: t('integrations.settings.real_time'),
      kind: 'many',
      choices: entityTypes.map((value) => ({ value, label: entityTitle(value) })),
    },
    { name: at('default_region'), words: t('integrations.settings.default_region') },
    { name: at('default_time_zone'), words: t('integrations.settings.default_time_zone') },
    ...guards.map(
      (name): FieldSpec<Form> => ({
        name: at(name),
        words: t(`integrations.settings.${name}`),
        kind: 'number',
      }),
    ),
    {
      name: at('schema_strict'),
      words: t('integrations.settings.schema_strict'),
      kind: 'checkbox',
    },
    {
      name: at('endpoints'),
      words: t('integrations.settings.endpoints'),
      hint: t('integrations.settings.endpointsHint'),
      kind: 'lines',
    },
  ];
  return fields;
}
