import { afterEach, expect, test } from 'vitest';
import { changeLanguage } from '.';

afterEach(async () => {
  await changeLanguage('en');
  localStorage.clear();
});

test('a language that is chosen is kept at once, while its words are on their way', () => {
  void changeLanguage('id');
  expect(localStorage.getItem('geniacs.language')).toBe('id');
});
