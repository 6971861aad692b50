import type { Page } from '@playwright/test';
import { expect, test } from './dashboard';

/** Bytes as they are sent, and how many files; scripts/size.ts says of what. */
const FIRST_LOAD = { bytes: 300_000, files: 30, calls: 8 };

test('the first load of the integrations page is within its budget', async ({ dashboard }) => {
  await dashboard.goto('/integrations');
  await expect(dashboard.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(dashboard.locator('[aria-busy=true]')).toHaveCount(0);
  await expect(dashboard.getByText('Live', { exact: true })).toBeVisible();

  const { files, calls } = await loaded(dashboard);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  expect(bytes, JSON.stringify(files)).toBeLessThan(FIRST_LOAD.bytes);
  expect(files.length, JSON.stringify(files)).toBeLessThanOrEqual(FIRST_LOAD.files);
  expect(calls.length, calls.join(' ')).toBeLessThanOrEqual(FIRST_LOAD.calls);
});

/** The page, its scripts and styles as they were sent; and what was asked of the API. */
function loaded(page: Page) {
  return page.evaluate(() => {
    const entries = [
      ...performance.getEntriesByType('navigation'),
      ...performance.getEntriesByType('resource'),
    ] as PerformanceResourceTiming[];
    const isCall = ({ name }: PerformanceEntry) => new URL(name).pathname.startsWith('/api/');
    return {
      files: entries
        .filter((entry) => !isCall(entry))
        .map(({ name, encodedBodySize }) => ({ name, size: encodedBodySize })),
      calls: entries.filter(isCall).map(({ name }) => name),
    };
  });
}
