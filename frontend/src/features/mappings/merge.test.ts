import { describe, expect, test } from 'vitest';
import { type Draft, newDraft } from './draft';
import { merged } from './merge';

const draft = (key: string, change: Partial<Draft> = {}): Draft => ({
  ...newDraft(key),
  id: Number(key),
  local_field: `field_${key}`,
  ...change,
});

describe('mappings that two people have changed', () => {
  test('take from each what only that one changed', () => {
    const base = [draft('1'), draft('2'), draft('3')];
    const mine = [draft('1', { is_required: true }), draft('2'), draft('3'), draft('9')];
    const theirs = [draft('1', { geniacs_field: 'x' }), draft('3'), draft('4')];
    const { drafts, clashes } = merged(base, mine, theirs, {});

    expect(clashes).toEqual([]);
    expect(drafts).toEqual([
      draft('1', { is_required: true, geniacs_field: 'x' }),
      draft('3'),
      draft('4'),
      draft('9'),
    ]);
  });

  test('ask where both changed the same field', () => {
    const base = [draft('1')];
    const mine = [draft('1', { geniacs_field: 'a' })];
    const theirs = [draft('1', { geniacs_field: 'b' })];

    const asked = merged(base, mine, theirs, {});
    expect(asked.clashes).toEqual([
      { key: '1', name: 'field_1', field: 'geniacs_field', mine: 'a', theirs: 'b' },
    ]);
    expect(asked.drafts).toEqual(mine);
    expect(merged(base, mine, theirs, { '1.geniacs_field': 'theirs' }).drafts).toEqual(theirs);
  });

  test('ask where one changed what the other removed', () => {
    const base = [draft('1'), draft('2')];
    const mine = [draft('1', { is_required: true })];
    const theirs = [draft('2', { is_required: true })];

    const { drafts, clashes } = merged(base, mine, theirs, {});
    expect(clashes.map(({ key, field }) => [key, field])).toEqual([
      ['2', null],
      ['1', null],
    ]);
    expect(drafts).toEqual([draft('1', { is_required: true, id: undefined })]);
    expect(merged(base, mine, theirs, { '1.': 'theirs', '2.': 'theirs' }).drafts).toEqual(theirs);
  });
});
