import { expect, test } from 'vitest';
import { fieldOf } from './useServerDetails';

test('a problem of a nested part stands at the field of the form that asks for it', () => {
  const flat = { name: '', sync_interval: '' };
  expect(fieldOf('name', flat)).toBe('name');
  expect(fieldOf('configuration.sync_interval', flat)).toBe('sync_interval');
  expect(fieldOf('configuration.sync_interval', { settings: flat })).toBe('settings.sync_interval');
  expect(fieldOf('configuration.other', flat)).toBeUndefined();
});
