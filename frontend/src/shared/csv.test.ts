import { expect, test, vi } from 'vitest';
import { gather } from './csv';

test('a file is put together from all parts, with one header', async () => {
  const load = vi
    .fn()
    .mockResolvedValueOnce({ text: 'id,name\r\n3,c\r\n', next: 'x' })
    .mockResolvedValueOnce({ text: 'id,name\r\n2,b\r\n1,"a\nb"\r\n', next: null });
  const { text, isCut } = await gather(load, () => {});

  expect(text).toBe('id,name\r\n3,c\r\n2,b\r\n1,"a\nb"\r\n');
  expect(isCut).toBe(false);
  expect(load.mock.calls.map(([place]) => place)).toEqual([
    { limit: 250 },
    { limit: 250, after: 'x' },
  ]);
});
