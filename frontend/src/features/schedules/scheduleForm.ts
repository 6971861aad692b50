import type {
  CatchUp,
  EntityType,
  NewSchedule,
  Overlap,
  Schedule,
  ScheduleConfiguration,
  SyncDirection,
  SyncType,
} from '../../api/generated';
import {
  areUsual,
  filtersOfForm,
  optionsOfForm,
  type RequestForm,
  requestFormOf,
} from '../syncs/requestForm';

export const windowUnits = ['minutes', 'hours', 'days'] as const;
type WindowUnit = (typeof windowUnits)[number];

/** A schedule as it is typed: numbers are text, and what is empty falls back to the settings. */
export type ScheduleForm = RequestForm & {
  name: string;
  integration_id: string;
  entity_type: EntityType;
  sync_type: SyncType;
  sync_direction: SyncDirection;
  preset: string;
  cron_expression: string;
  time_zone: string;
  overlap: Overlap;
  catch_up: CatchUp;
  jitter_seconds: string;
  is_active: boolean;
  sync_window: string;
  window_unit: WindowUnit;
  batch_size: string;
  max_execution_time: string;
  retry_failed: '' | 'yes' | 'no';
};

export function scheduleFormOf(
  schedule: Schedule | undefined,
  integrationId: number | undefined,
  zone: string,
): ScheduleForm {
  const configuration: ScheduleConfiguration = schedule?.configuration ?? {};
  const { filters, options, retry_failed: retry } = configuration;

  return {
    name: schedule?.name ?? '',
    integration_id: String(schedule?.integration_id ?? integrationId ?? ''),
    entity_type: schedule?.entity_type ?? 'customers',
    sync_type: schedule?.sync_type ?? 'incremental',
    sync_direction: configuration.sync_direction ?? 'to_geniacs',
    preset: '',
    cron_expression: schedule?.cron_expression ?? '*/15 * * * *',
    time_zone: schedule?.time_zone ?? 'Asia/Jakarta',
    overlap: schedule?.overlap ?? 'skip',
    catch_up: schedule?.catch_up ?? 'one',
    jitter_seconds: String(schedule?.jitter_seconds ?? 0),
    is_active: schedule?.is_active ?? true,
    ...windowOf(configuration.sync_window),
    batch_size: String(configuration.batch_size ?? ''),
    max_execution_time: String(configuration.max_execution_time ?? ''),
    retry_failed: retry === undefined ? '' : retry ? 'yes' : 'no',
    ...requestFormOf(filters, options, zone),
  };
}

export function scheduleBodyOf(form: ScheduleForm, zone: string, schedule?: Schedule): NewSchedule {
  return {
    name: form.name,
    integration_id: Number(form.integration_id),
    entity_type: form.entity_type,
    sync_type: form.sync_type,
    cron_expression: form.preset || form.cron_expression,
    time_zone: form.time_zone,
    overlap: form.overlap,
    catch_up: form.catch_up,
    jitter_seconds: Number(form.jitter_seconds),
    is_active: form.is_active,
    configuration: configurationOf(form, zone, schedule?.configuration),
  };
}

/** The configuration is replaced as a whole; what is left empty is absent. */
function configurationOf(
  form: ScheduleForm,
  zone: string,
  before: ScheduleConfiguration = {},
): ScheduleConfiguration {
  const filters = filtersOfForm(form, form.sync_direction, zone, before.filters);
  const options = optionsOfForm(form, before.options);

  return {
    sync_direction: form.sync_direction,
    ...(form.sync_window ? { sync_window: `last_${form.sync_window}_${form.window_unit}` } : {}),
    ...(form.batch_size ? { batch_size: Number(form.batch_size) } : {}),
    ...(form.max_execution_time ? { max_execution_time: Number(form.max_execution_time) } : {}),
    ...(form.retry_failed ? { retry_failed: form.retry_failed === 'yes' } : {}),
    ...(Object.keys(filters).length > 0 ? { filters } : {}),
    ...(before.options || !areUsual(options) ? { options } : {}),
  };
}

const WINDOW = /^last_(?:(\d+)_)?(minute|hour|day)s?$/;

/** `last_hour`, `last_30_minutes` and the like as a number and its unit. */
function windowOf(window: string | undefined): Pick<ScheduleForm, 'sync_window' | 'window_unit'> {
  const [, count = '1', unit] = WINDOW.exec(window ?? '') ?? [];
  if (unit === undefined) return { sync_window: '', window_unit: 'hours' };
  return { sync_window: count, window_unit: `${unit}s` as WindowUnit };
}
