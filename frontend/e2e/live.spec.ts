import { admin, expect, signIn, test } from './dashboard';

test('eight tabs share one stream', async ({ context }) => {
  const streams: string[] = [];
  context.on('request', (request) => {
    if (request.url().includes('/events/stream')) streams.push(request.url());
  });
  await signIn(context, admin);

  const tabs = await Promise.all(Array.from({ length: 8 }, () => context.newPage()));
  for (const tab of tabs) await tab.goto('/syncs');
  for (const tab of tabs) await expect(tab.getByText('Live', { exact: true })).toBeVisible();
  expect(streams.length).toBe(1);
});

test('a stream that is cut is told of, and found again', async ({ page, context }) => {
  await signIn(context, admin);
  await page.route('**/events/stream*', (route) => route.abort());
  await page.goto('/syncs');
  await expect(page.getByText('Connection lost', { exact: true })).toBeVisible();
  await expect(page.getByText('The connection to the gateway is lost.')).toBeVisible();

  await page.unroute('**/events/stream*');
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await expect(page.getByText('The connection to the gateway is lost.')).toHaveCount(0);
});

test('a sync that somebody else starts is announced, and moves no row', async ({
  dashboard,
  api,
}) => {
  await dashboard.goto('/syncs');
  const first = dashboard.getByRole('row').nth(1);
  const before = await first.textContent();
  await expect(dashboard.getByText('Live', { exact: true })).toBeVisible();

  await api.post('/api/geniacs/sync/trigger', {
    data: { integration_id: Number(process.env['INTEGRATION_ID']), entity_type: 'nas_servers' },
  });
  const news = dashboard.getByRole('button', { name: /new$/ });
  await expect(news).toBeVisible();
  expect(await first.textContent()).toBe(before);
  await news.click();
  await expect(first).not.toHaveText(before ?? '');
});
