import { expect, test } from './dashboard';
import { ask } from './provider';

test('a schedule is told its extent and its filters, and shows them again', async ({
  dashboard,
  api,
  integrationId,
}) => {
  await dashboard.goto(`/schedules?integration=${integrationId}`);
  await dashboard.getByRole('button', { name: 'Add a schedule' }).click();
  const dialog = dashboard.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('Active ones');
  await dialog.locator('summary', { hasText: 'Extent of a run' }).click();
  await dialog.getByLabel('Reach back at least').fill('2');
  const batch = dialog.getByLabel('Records that are worked on at once');
  await batch.fill('9000');
  await dashboard.keyboard.press('Tab');
  // What is wrong is told when the field is left.
  await expect(dialog.getByText('It must be a whole number from 1 to 5000.')).toBeVisible();
  await batch.fill('50');
  await expect(dialog.getByText('It must be a whole number')).toHaveCount(0);
  await dialog.locator('summary', { hasText: 'Filters and options' }).click();
  await dialog.getByLabel('Only with this status').fill('active');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toHaveCount(0);

  const { schedules } = await ask(api, `/api/geniacs/schedules?integration_id=${integrationId}`);
  const made = schedules.find(({ name }: { name: string }) => name === 'Active ones');
  expect(made.configuration).toMatchObject({
    sync_window: 'last_2_hours',
    batch_size: 50,
    filters: { status: 'active' },
  });

  await dashboard.getByRole('button', { name: 'More for Active ones' }).click();
  await dashboard.getByRole('menuitem', { name: 'Edit' }).click();
  await dialog.locator('summary', { hasText: 'Filters and options' }).click();
  await expect(dialog.getByLabel('Only with this status')).toHaveValue('active');
  await api.delete(`/api/geniacs/schedules/${made.id}`);
});
