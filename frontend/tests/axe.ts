import axe from 'axe-core';
import { expect } from 'vitest';

/** Fails on what would keep people from using the page. jsdom draws nothing, so colours are left to the browser's tests. */
export async function expectNoBarriers(element: Element = document.body) {
  const { violations } = await axe.run(element, {
    rules: { 'color-contrast': { enabled: false } },
  });
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(', ')}`);
  expect(found).toEqual([]);
}
