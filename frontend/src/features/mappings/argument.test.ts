import { describe, expect, test } from 'vitest';
import { argumentOf, textOf } from './argument';

describe('an argument of a rule', () => {
  test.each([
    ['text', 'ISP-'],
    ['whole_number', 50],
    ['columns', ['address', 'city']],
    ['values', ['active', 1, true]],
    ['value_map', { active: 'A', '1': 2 }],
    ['text_map', { 'Jl.': 'Jalan' }],
  ] as const)('of the type %s comes back as it was', (type, value) => {
    expect(argumentOf(type, textOf(type, value) ?? '')).toEqual(value);
  });

  test('of a form that one cannot type here is left to its JSON', () => {
    expect(textOf('text_map', [{ from: 'a', to: 'b' }])).toBeUndefined();
  });
});
