import { describe, expect, test } from 'vitest';
import { exactJson } from './exactJson';

describe('JSON of the gateway', () => {
  test('keeps the digits of numbers that JavaScript would round', () => {
    expect(exactJson('{"id": 9007199254740993, "sum": 0.12345678901234567}')).toEqual({
      id: '9007199254740993',
      sum: '0.12345678901234567',
    });
  });

  test('leaves other numbers as numbers', () => {
    expect(exactJson('[1, 12.50, -0.001, 100000000000000, 1e3]')).toEqual([
      1, 12.5, -0.001, 100000000000000, 1000,
    ]);
  });
});
