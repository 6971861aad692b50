import { describe, expect, test } from 'vitest';
import type { Schedule, ScheduleConfiguration } from '../../api/generated';
import { scheduleBodyOf, scheduleFormOf } from './scheduleForm';

const ZONE = 'Asia/Jakarta';

function schedule(configuration: ScheduleConfiguration): Schedule {
  return {
    id: 7,
    name: 'Nightly',
    integration_id: 1,
    entity_type: 'customers',
    sync_type: 'full',
    cron_expression: '0 2 * * *',
    time_zone: ZONE,
    overlap: 'skip',
    catch_up: 'one',
    jitter_seconds: 0,
    is_active: true,
    configuration,
  } as Schedule;
}

const full: ScheduleConfiguration = {
  sync_direction: 'to_geniacs',
  sync_window: 'last_30_minutes',
  batch_size: 50,
  max_execution_time: 900,
  retry_failed: false,
  filters: {
    updated_since: '2026-01-30T20:30:00Z',
    status: 'active',
    ids: [1, 2],
    limit: 10,
  },
  options: {
    create_missing: true,
    update_existing: false,
    delete_missing: false,
    dry_run: true,
    confirm_deletes: false,
    confirm_changes: true,
    if_running: 'reject',
  },
};

describe('the form of a schedule', () => {
  test('shows everything that a schedule is told', () => {
    expect(scheduleFormOf(schedule(full), undefined, ZONE)).toMatchObject({
      sync_window: '30',
      window_unit: 'minutes',
      batch_size: '50',
      max_execution_time: '900',
      retry_failed: 'no',
      updated_since: '2026-01-31',
      status: 'active',
      ids: '1, 2',
      limit: '10',
      update_existing: false,
      dry_run: true,
      confirm_changes: true,
    });
  });

  test('gives back what it was not asked to change', () => {
    const before = schedule(full);
    const body = scheduleBodyOf(scheduleFormOf(before, undefined, ZONE), ZONE, before);
    expect(body.configuration).toEqual(full);
  });

  test('sends nothing that was left empty', () => {
    const form = { ...scheduleFormOf(undefined, 1, ZONE), name: 'New' };
    expect(scheduleBodyOf(form, ZONE).configuration).toEqual({ sync_direction: 'to_geniacs' });
  });

  test('takes away what was emptied', () => {
    const before = schedule(full);
    const form = {
      ...scheduleFormOf(before, undefined, ZONE),
      sync_window: '',
      batch_size: '',
      retry_failed: '' as const,
      updated_since: '',
      ids: '',
    };
    const { configuration } = scheduleBodyOf(form, ZONE, before);
    expect(configuration).not.toHaveProperty('sync_window');
    expect(configuration).not.toHaveProperty('batch_size');
    expect(configuration).not.toHaveProperty('retry_failed');
    expect(configuration?.filters).toEqual({ status: 'active', limit: 10 });
  });

  test('reads a window without a number as one of its unit', () => {
    const form = scheduleFormOf(schedule({ sync_window: 'last_hour' }), undefined, ZONE);
    expect(form).toMatchObject({ sync_window: '1', window_unit: 'hours' });
  });

  test('begins a day that is typed at midnight of the zone in which times are shown', () => {
    const form = { ...scheduleFormOf(undefined, 1, ZONE), updated_since: '2026-03-01' };
    expect(scheduleBodyOf(form, ZONE).configuration?.filters).toEqual({
      updated_since: '2026-02-28T17:00:00.000Z',
    });
  });
});
