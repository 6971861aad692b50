import { expect, test } from 'vitest';
import { requestOf } from './TriggerDialog';

const form = {
  integration_id: '3',
  entity_type: 'customers' as const,
  sync_direction: 'to_geniacs' as const,
  sync_type: 'full' as const,
  updated_since: '',
  status: '',
  ids: '',
  limit: '',
  create_missing: true,
  update_existing: true,
  delete_missing: false,
  confirm_deletes: false,
  confirm_changes: false,
  reject: false,
  dry_run: true,
};

test('what was left empty is not sent', () => {
  expect(requestOf(form, 'Asia/Jakarta')).toEqual({
    integration_id: 3,
    entity_type: 'customers',
    sync_direction: 'to_geniacs',
    sync_type: 'full',
    options: {
      create_missing: true,
      update_existing: true,
      delete_missing: false,
      dry_run: true,
      confirm_deletes: false,
      if_running: 'queue',
    },
  });
});

test('ids are numbers here and text at Geniacs', () => {
  expect(requestOf({ ...form, ids: '1, 2\n3' }, 'Asia/Jakarta').filters).toEqual({
    ids: [1, 2, 3],
  });
  expect(
    requestOf({ ...form, ids: 'cust_1 cust_2', sync_direction: 'from_geniacs' }, 'Asia/Jakarta')
      .filters,
  ).toEqual({ ids: ['cust_1', 'cust_2'] });
});

test('a day begins at midnight of the zone in which times are shown', () => {
  expect(requestOf({ ...form, updated_since: '2026-03-01' }, 'Asia/Jakarta').filters).toEqual({
    updated_since: '2026-02-28T17:00:00.000Z',
  });
});

test('a guard is passed only by confirming it', () => {
  const confirmed = { ...form, confirm_deletes: true, confirm_changes: true };
  expect(requestOf(confirmed, 'UTC').options).toMatchObject({
    confirm_deletes: true,
    confirm_changes: true,
  });
});
