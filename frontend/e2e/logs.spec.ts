import { expect, test } from './dashboard';

test('the address of a line of the log opens it between its neighbours', async ({
  dashboard,
  context,
  integrationId,
}) => {
  await dashboard.goto(`/logs?integration=${integrationId}`);
  const log = dashboard.getByRole('feed');
  await log.hover();
  await dashboard.mouse.wheel(0, -1_000);
  const line = log.getByRole('article').nth(5);
  const words = await line.textContent();
  const address = await line.getByRole('link', { name: /^Link to/ }).getAttribute('href');
  expect(address).toMatch(/line=\d+/);

  const other = await context.newPage();
  await other.goto(address ?? '');
  const chosen = other.locator('[data-chosen]');
  await expect(chosen).toBeInViewport();
  await expect(chosen).toHaveText(words ?? '');
});
