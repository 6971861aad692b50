import type { Page } from '@playwright/test';
import { expect, expectNoBarriers, test } from './dashboard';
import { ended, tell } from './provider';

const pages = [
  { path: '/', title: 'Home' },
  { path: '/sync-status', title: 'Sync Status' },
  { path: '/syncs', title: 'Syncs' },
  { path: '/syncs/1', title: 'Sync 1' },
  { path: '/webhooks', title: 'Webhooks' },
  { path: '/conflicts', title: 'Conflicts' },
  { path: '/records', title: 'Records' },
  { path: '/records/customers/1?integration=1', title: 'Customers: 1' },
  { path: '/dead-letters', title: 'Dead letters' },
  { path: '/integrations', title: 'Geniacs Integration' },
  { path: '/mappings', title: 'Mappings' },
  { path: '/schedules', title: 'Schedules' },
  { path: '/logs', title: 'Logs' },
  { path: '/checks', title: 'Consistency checks' },
  { path: '/reports', title: 'Reports' },
  { path: '/audit-log', title: 'Audit log' },
  { path: '/users', title: 'Users' },
  { path: '/account', title: 'My account' },
  { path: '/notifications', title: 'Notifications' },
  { path: '/settings', title: 'Settings' },
  { path: '/system', title: 'System' },
];

for (const { path, title } of pages) {
  test(`${title} can be used by everybody, light and dark, wide and narrow`, async ({
    dashboard,
    integrationId,
  }) => {
    await dashboard.goto(path.replace('integration=1', `integration=${integrationId}`));
    await expectNoBarriersInBothThemes(dashboard, title);
  });
}

test('A check can be used by everybody, light and dark, wide and narrow', async ({
  dashboard,
  api,
  integrationId,
}) => {
  const { consistency_check } = await tell(api, '/api/geniacs/consistency-checks', {
    integration_id: integrationId,
    entity_type: 'customers',
  });
  await ended(api, consistency_check.id);
  await dashboard.goto(`/checks/${consistency_check.id}`);
  await expectNoBarriersInBothThemes(dashboard, `Check ${consistency_check.id}`);
});

test('A report can be used by everybody, light and dark, wide and narrow', async ({
  dashboard,
  api,
  integrationId,
}) => {
  expect(integrationId).toBeGreaterThan(0);
  const { report } = await tell(api, '/api/geniacs/reports', {});
  await dashboard.goto(`/reports/${report.id}`);
  await expectNoBarriersInBothThemes(dashboard, `Report ${report.id}`);
});

/** Here in light; in dark, and whether it fits a narrow screen, as every test looks at its end. */
async function expectNoBarriersInBothThemes(page: Page, title: string) {
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
  await expectNoBarriers(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
}
