import type { Locator, Page } from '@playwright/test';
import { expect, test } from './dashboard';

test('a sync is found a reason for, started, followed and left by keyboard alone', async ({
  dashboard,
  integrationId,
}) => {
  await dashboard.goto(`/?integration=${integrationId}`);
  await expect(dashboard.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible();

  // Past the menu, and back into it.
  await dashboard.keyboard.press('Tab');
  await expect(dashboard.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await dashboard.keyboard.press('Enter');
  await expect(dashboard.locator('#content')).toBeFocused();
  const menu = dashboard.getByRole('navigation').first();
  await tabTo(dashboard, menu.getByRole('link', { name: /^Syncs/ }), 'Shift+Tab');
  await dashboard.keyboard.press('Enter');
  await expect(dashboard.getByRole('heading', { level: 1, name: 'Syncs' })).toBeVisible();

  // The dialog takes the focus, keeps it, and gives it back.
  const start = dashboard.getByRole('button', { name: 'Start a sync' });
  await tabTo(dashboard, start);
  await dashboard.keyboard.press('Enter');
  const dialog = dashboard.getByRole('dialog');
  await expect(dialog).toBeVisible();
  await dashboard.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(start).toBeFocused();

  await dashboard.keyboard.press('Enter');
  await tabTo(dashboard, dialog.getByLabel('Records', { exact: true }));
  await dashboard.keyboard.press('n');
  await expect(dialog.getByLabel('Records', { exact: true })).toHaveValue('nas_servers');
  await tabTo(dashboard, dialog.getByLabel('Dry run first', { exact: false }));
  await dashboard.keyboard.press('Space');
  await expect(dialog.getByLabel('Dry run first', { exact: false })).toBeChecked();
  await dashboard.keyboard.press('Enter');
  await expect(dashboard.getByRole('heading', { level: 1, name: /^Sync \d+$/ })).toBeVisible();
  await expect(dashboard.getByText('Succeeded', { exact: true })).toBeVisible();

  // The tabs are one stop, and the arrows go through them.
  await tabTo(dashboard, dashboard.getByRole('tab', { name: 'Plan' }));
  await dashboard.keyboard.press('ArrowRight');
  await expect(dashboard.getByRole('tab', { name: 'Log' })).toBeFocused();
  await expect(dashboard).toHaveURL(/tab=log/);

  // The search goes anywhere.
  await dashboard.keyboard.press('Control+k');
  await expect(dashboard.getByRole('dialog').getByRole('searchbox')).toBeFocused();
  await dashboard.keyboard.type('CUST-');
  const found = dashboard.getByRole('dialog').getByRole('link').first();
  await expect(found).toBeVisible();
  await tabTo(dashboard, found);
  await dashboard.keyboard.press('Enter');
  await expect(dashboard.getByRole('heading', { name: 'Field by field' })).toBeVisible();
});

const MOST_STOPS = 80;

/** Goes on until this has the focus, as somebody does who sees where it is. */
async function tabTo(page: Page, target: Locator, key = 'Tab') {
  await expect(target).toBeVisible();
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  await expect(target).toBeFocused();
}
