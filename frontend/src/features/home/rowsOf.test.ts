import { expect, test } from 'vitest';
import { rowsOf } from './InStep';

test('both directions of one kind of record stand side by side', () => {
  const of = { integration_id: 1, entity_type: 'customers' as const };
  const rows = rowsOf([
    { ...of, sync_direction: 'to_geniacs', in_step_as_of: '2026-01-01T10:04:00Z' },
    { ...of, sync_direction: 'from_geniacs', in_step_as_of: null },
    {
      integration_id: 2,
      entity_type: 'customers',
      sync_direction: 'from_geniacs',
      in_step_as_of: '2026-01-01T09:00:00Z',
    },
  ]);

  expect(rows.map(({ key, to, from }) => ({ key, to, from }))).toEqual([
    { key: '1-customers', to: '2026-01-01T10:04:00Z', from: null },
    { key: '2-customers', to: null, from: '2026-01-01T09:00:00Z' },
  ]);
});
