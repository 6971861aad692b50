import { expect, test } from 'vitest';
import { forEachChosen } from './forEachChosen';

test('one that fails does not keep the others from being done', async () => {
  const done: number[] = [];
  const failure = new Error('gone');
  const outcome = await forEachChosen([1, 2, 3], async (id) => {
    if (id === 2) throw failure;
    done.push(id);
  });
  expect(done).toEqual([1, 3]);
  expect(outcome).toEqual({ done: 2, failures: [failure] });
});
