import { expect, test } from 'vitest';
import { requestOf } from './TriggerDialog';

const form = {
  integration_id: '3',
  entity_type: 'customers' as const,
  sync_direction: 'to_geniacs' as const,
  sync_type: 'full' as const,
  since: '',
  status: '',
  ids: '',
  limit: '',
  create_missing: true,
  update_existing: true,
  delete_missing: false,
  reject: false,
  dry_run: true,
};

test('what was left empty is not sent', () => {
  expect(requestOf(form)).toEqual({
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
  expect(requestOf({ ...form, ids: '1, 2\n3' }).filters).toEqual({ ids: [1, 2, 3] });
  expect(
    requestOf({ ...form, ids: 'cust_1 cust_2', sync_direction: 'from_geniacs' }).filters,
  ).toEqual({ ids: ['cust_1', 'cust_2'] });
});
