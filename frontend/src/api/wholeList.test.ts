import { expect, test, vi } from 'vitest';
import { wholeList } from './wholeList';

const page = (number: number, pages: number, ids: number[]) => ({
  success: true,
  data: {
    users: ids.map((id) => ({ id })),
    pagination: { current_page: number, per_page: 2, total_items: 5, total_pages: pages },
  },
});

test('a list of several pages comes as a whole, in its order', async () => {
  const pages = [page(1, 3, [1, 2]), page(2, 3, [3, 4]), page(3, 3, [5])];
  const load = vi.fn(async (number: number) => pages[number - 1] ?? page(number, 3, []));

  const { data } = await wholeList('users', load);

  expect(data.users.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
  expect(load).toHaveBeenCalledTimes(3);
});

test('a row that moved to the next page between two answers stands there once', async () => {
  const pages = [page(1, 2, [1, 2]), page(2, 2, [2, 3])];

  const { data } = await wholeList('users', async (number) => pages[number - 1] ?? page(9, 2, []));

  expect(data.users.map(({ id }) => id)).toEqual([1, 2, 3]);
});

test('a short list costs one request', async () => {
  const load = vi.fn(async () => page(1, 1, [1]));

  await wholeList('users', load);

  expect(load).toHaveBeenCalledTimes(1);
});
