import type {
  Configuration,
  ConflictPolicy,
  EntityType,
  Integration,
  IntegrationChange,
} from '../../api/generated';

/** What can be set of an integration beside its address and its credentials. Numbers are text while they are typed. */
export type SettingsForm = {
  api_version: string;
  timeout_seconds: string;
  retry_attempts: string;
  requests_per_minute: string;
  requests_per_hour: string;
  requests_per_day: string;
  auto_sync: boolean;
  sync_interval: string;
  retry_failed: boolean;
  conflict_policy: ConflictPolicy;
  default_region: string;
  default_time_zone: string;
  delete_guard_percent: string;
  change_guard_percent: string;
  clear_guard_percent: string;
  schema_strict: boolean;
  real_time: EntityType[];
  endpoints: string;
};

/** An integration that is made here begins with its schedules off. */
export const newSettings: SettingsForm = {
  api_version: '',
  timeout_seconds: '',
  retry_attempts: '',
  requests_per_minute: '',
  requests_per_hour: '',
  requests_per_day: '',
  auto_sync: false,
  sync_interval: '',
  retry_failed: true,
  conflict_policy: 'newest',
  default_region: '',
  default_time_zone: '',
  delete_guard_percent: '',
  change_guard_percent: '',
  clear_guard_percent: '',
  schema_strict: false,
  real_time: [],
  endpoints: '',
};

const text = (value: unknown) => (value === null || value === undefined ? '' : String(value));

export function settingsOf(integration: Integration): SettingsForm {
  const { configuration = {}, rate_limits: limits = {} } = integration;
  return {
    api_version: text(integration.api_version),
    timeout_seconds: text(integration.timeout_seconds),
    retry_attempts: text(integration.retry_attempts),
    requests_per_minute: text(limits.requests_per_minute),
    requests_per_hour: text(limits.requests_per_hour),
    requests_per_day: text(limits.requests_per_day),
    auto_sync: configuration.auto_sync ?? true,
    sync_interval: text(configuration.sync_interval),
    retry_failed: configuration.retry_failed ?? true,
    conflict_policy: configuration.conflict_policy ?? 'newest',
    default_region: text(configuration.default_region),
    default_time_zone: text(configuration.default_time_zone),
    delete_guard_percent: text(configuration.delete_guard_percent),
    change_guard_percent: text(configuration.change_guard_percent),
    clear_guard_percent: text(configuration.clear_guard_percent),
    schema_strict: configuration.schema_strict ?? false,
    real_time: configuration.real_time ?? [],
    endpoints: Object.entries(configuration.endpoints ?? {})
      .map(([entity, path]) => `${entity} = ${path}`)
      .join('\n'),
  };
}

type Settings = Pick<
  IntegrationChange,
  'api_version' | 'timeout_seconds' | 'retry_attempts' | 'rate_limits' | 'configuration'
>;

/** What is sent: what differs from what was there. The configuration is replaced as a whole, so it is sent as a whole. */
export function settingsBody(
  form: SettingsForm,
  before: SettingsForm,
  configuration: Configuration = {},
): Settings {
  const isChanged = (name: keyof SettingsForm) => text(form[name]) !== text(before[name]);
  const limits = ['requests_per_minute', 'requests_per_hour', 'requests_per_day'] as const;

  return {
    ...(isChanged('api_version') ? { api_version: form.api_version || null } : {}),
    ...(isChanged('timeout_seconds') ? { timeout_seconds: numberOf(form.timeout_seconds) } : {}),
    ...(isChanged('retry_attempts') ? { retry_attempts: numberOf(form.retry_attempts) } : {}),
    ...(limits.some(isChanged) ? { rate_limits: filled(form, limits) } : {}),
    configuration: { ...configuration, ...changedConfiguration(form, isChanged) },
  };
}

const numberOf = (typed: string) => (typed === '' ? null : Number(typed));

/** Numbers that were given. */
function filled<Name extends keyof SettingsForm>(form: SettingsForm, names: readonly Name[]) {
  return Object.fromEntries(
    names.filter((name) => form[name] !== '').map((name) => [name, Number(form[name])]),
  );
}

function changedConfiguration(
  form: SettingsForm,
  isChanged: (name: keyof SettingsForm) => boolean,
): Configuration {
  const guards = ['delete_guard_percent', 'change_guard_percent', 'clear_guard_percent'] as const;
  const texts = ['default_region', 'default_time_zone'] as const;
  const asIs = ['retry_failed', 'conflict_policy', 'schema_strict', 'real_time'] as const;

  return {
    auto_sync: form.auto_sync,
    ...Object.fromEntries(asIs.filter(isChanged).map((name) => [name, form[name]])),
    ...Object.fromEntries(texts.filter(isChanged).map((name) => [name, form[name] || undefined])),
    ...(guards.some(isChanged) ? filled(form, guards) : {}),
    ...(isChanged('sync_interval') ? { sync_interval: intervalOf(form.sync_interval) } : {}),
    ...(isChanged('endpoints') ? { endpoints: endpointsOf(form.endpoints) } : {}),
  } as Configuration;
}

/** Seconds, or the gateway's own words such as `15m`. */
function intervalOf(typed: string): number | string | undefined {
  if (typed === '') return undefined;
  return /^\d+$/.test(typed) ? Number(typed) : typed;
}

function endpointsOf(typed: string): Record<string, string> {
  const pairs = typed
    .split('\n')
    .map((line) => line.split('=').map((part) => part.trim()))
    .filter(([entity, path]) => entity && path);
  return Object.fromEntries(pairs);
}
