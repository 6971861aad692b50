import { expect, test } from 'vitest';
import { recordOf } from './recordOf';

test('an event tells a whole record, or what changed of it', () => {
  expect(recordOf({ data: { customer_id: 'c1', name: 'Siti' } })).toEqual({
    customer_id: 'c1',
    name: 'Siti',
  });
  expect(
    recordOf({
      data: { customer_id: 'c1', changes: { phone: { old: '1', new: '2' }, city: 'X' } },
    }),
  ).toEqual({ customer_id: 'c1', phone: '2', city: 'X' });
});

test('a payload of another form tells none', () => {
  expect(recordOf(null)).toEqual({});
  expect(recordOf({ data: [1] })).toEqual({});
});
