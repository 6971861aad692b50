import { describe, expect, test } from 'vitest';
import type { Mapping } from '../../api/generated';
import { bodyOf, changesOf, draftOf, newDraft, rulesOf } from './draft';

const mapping: Mapping = {
  id: 7,
  integration_id: 1,
  entity_type: 'customers',
  local_field: 'email',
  geniacs_field: 'customer_email',
  field_type: 'string',
  is_required: true,
  is_active: true,
  default_value: null,
  conflict_policy: null,
  transformation_rules: { trim: true, uppercase: false },
  validation_rules: ['required', { email: true }],
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  version: 3,
};

describe('a mapping that is edited', () => {
  test('reads both forms of rules, and leaves out what is off', () => {
    expect(rulesOf(mapping.transformation_rules)).toEqual([{ name: 'trim', argument: true }]);
    expect(rulesOf(mapping.validation_rules)).toEqual([
      { name: 'required', argument: true },
      { name: 'email', argument: true },
    ]);
  });

  test('is sent with its number and without what only the page knows', () => {
    expect(bodyOf(draftOf(mapping))).toEqual({
      id: 7,
      local_field: 'email',
      geniacs_field: 'customer_email',
      field_type: 'string',
      is_required: true,
      is_active: true,
      default_value: null,
      conflict_policy: null,
      transformation_rules: [{ trim: true }],
      validation_rules: [{ required: true }, { email: true }],
    });
  });

  test('tells what is different from what is saved', () => {
    const saved = [draftOf(mapping), { ...draftOf(mapping), key: '8', local_field: 'phone' }];
    const drafts = [{ ...draftOf(mapping), is_required: false }, newDraft('new-1')];
    expect(changesOf(saved, drafts)).toEqual([
      { kind: 'changed', field: 'email', what: ['is_required'] },
      { kind: 'added', field: '' },
      { kind: 'removed', field: 'phone' },
    ]);
    expect(changesOf(saved, saved)).toEqual([]);
  });
});
