import { expect, test } from 'vitest';
import { problemOf } from './rules';

test.each([
  ['number', '12', undefined],
  ['number', '1.5', 'range'],
  ['number', '-1', 'range'],
  ['email', 'siti@example.com', undefined],
  ['email', 'siti', 'not_an_email'],
  ['url', 'https://api.geniacs.example/v1', undefined],
  ['url', 'javascript:alert(1)', 'url'],
  ['password', 'short', 'length'],
  ['password', 'long enough for it', undefined],
  ['text', 'anything', undefined],
])('a field of the kind %s takes %s: %s', (kind, text, code) => {
  expect(problemOf({ kind }, text)?.code).toBe(code);
});

test('a number lies within the bounds of its field', () => {
  const days = { kind: 'number', least: 1, most: 92 };
  expect(problemOf(days, '92')).toBeUndefined();
  expect(problemOf(days, '93')).toEqual({ code: 'range', params: { minimum: 1, maximum: 92 } });
});
