import { expect, expectNoBarriers, test } from './dashboard';

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
  { path: '/settings', title: 'Settings' },
  { path: '/system', title: 'System' },
];

for (const { path, title } of pages) {
  test(`${title} can be used by everybody, light and dark, wide and narrow`, async ({
    dashboard,
    integrationId,
  }) => {
    await dashboard.goto(path.replace('integration=1', `integration=${integrationId}`));
    await expect(dashboard.getByRole('heading', { level: 1, name: title })).toBeVisible();
    await expect(dashboard.locator('[aria-busy=true]')).toHaveCount(0);
    await expectNoBarriers(dashboard);

    // In light, and whether it fits a narrow screen, each test looks at its end.
    await dashboard.emulateMedia({ colorScheme: 'dark' });
    await expectNoBarriers(dashboard);
  });
}
