import { expect, test } from './dashboard';

for (const width of [1280, 320]) {
  test(`going back finds a list exactly where it was left, ${width} px wide`, async ({
    dashboard,
    integrationId,
  }) => {
    await dashboard.setViewportSize({ width, height: 700 });
    await dashboard.goto(`/records?integration=${integrationId}`);
    const record = dashboard.getByRole('table').getByRole('link').nth(20);
    await record.evaluate((link) => link.scrollIntoView({ block: 'center' }));
    const left = await dashboard.evaluate(() => window.scrollY);
    expect(left).toBeGreaterThan(300);

    await record.click();
    await expect(dashboard.getByRole('heading', { name: 'Field by field' })).toBeVisible();
    await dashboard.goBack();
    await expect(record).toBeInViewport();
    await expect.poll(() => dashboard.evaluate(() => window.scrollY)).toBe(left);
  });
}
