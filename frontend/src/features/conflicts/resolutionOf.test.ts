import { expect, test } from 'vitest';
import { resolutionOf } from './ConflictPanel';

const field = (name: string) => ({
  field: name,
  geniacs_field: name,
  base: null,
  local: 'a',
  geniacs: 'b',
  winner: null,
});

test('one side is kept where every field says so', () => {
  const fields = [field('name'), field('phone')];
  expect(resolutionOf(fields, { name: 'geniacs', phone: 'geniacs' })).toEqual({
    resolution: 'geniacs',
  });
  expect(resolutionOf(fields, {})).toEqual({ resolution: 'local' });
});

test('else each field keeps its own', () => {
  expect(resolutionOf([field('name'), field('phone')], { phone: 'geniacs' })).toEqual({
    resolution: 'merge',
    fields: { name: 'local', phone: 'geniacs' },
  });
});
