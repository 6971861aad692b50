import { expect, expectNoBarriers, integrationId, test } from './dashboard';

test('a sync is started, followed to its end, and its records are counted', async ({
  dashboard,
}) => {
  await dashboard.goto(`/syncs?integration=${integrationId}`);
  await dashboard.getByRole('button', { name: 'Start a sync' }).click();
  await dashboard.getByLabel('Type').last().selectOption('full');
  await expectNoBarriers(dashboard);
  await dashboard.getByRole('button', { name: 'Start', exact: true }).click();

  await expect(dashboard.getByRole('heading', { name: /^Sync \d+$/ })).toBeVisible();
  await expect(dashboard.getByText(/^(Succeeded|Partly failed)$/)).toBeVisible({ timeout: 60_000 });
  await expect(dashboard.getByText('100%', { exact: true })).toBeVisible();
});

test('a dry run shows a plan, which is applied once', async ({ dashboard, api }) => {
  const answer = await api.post('/api/geniacs/sync/trigger', {
    data: {
      integration_id: integrationId,
      entity_type: 'customers',
      sync_type: 'full',
      sync_direction: 'to_geniacs',
      options: { dry_run: true },
    },
  });
  const { id } = (await answer.json()).data.sync;

  await dashboard.goto(`/syncs/${id}`);
  await expect(dashboard.getByText('Succeeded')).toBeVisible({ timeout: 60_000 });
  await dashboard.getByRole('tab', { name: 'Plan' }).click();
  await expect(dashboard.getByRole('heading', { name: 'What would happen' })).toBeVisible();
  await expectNoBarriers(dashboard);

  await dashboard.getByRole('button', { name: 'Apply the plan' }).click();
  await dashboard.getByRole('dialog').getByRole('button', { name: 'Apply the plan' }).click();
  await expect(dashboard.getByText(`Applies the plan of sync ${id}`)).toBeVisible();
});

test('what has failed is sent again, and the new sync names the old one', async ({ dashboard }) => {
  await dashboard.goto('/syncs?status=partial');
  await dashboard.getByRole('row').nth(1).getByRole('link').first().click();
  await expect(dashboard.getByRole('heading', { name: /^Sync \d+$/ })).toBeVisible();
  await dashboard.getByRole('button', { name: 'Send the failed again' }).click();
  await expect(dashboard.getByText(/^Retry of sync \d+$/)).toBeVisible();
});

test('filters stay in the address when the page is loaded again', async ({ dashboard }) => {
  await dashboard.goto('/syncs');
  await dashboard.getByLabel('State').selectOption('failed');
  await expect(dashboard).toHaveURL(/status=failed/);
  await dashboard.reload();
  await expect(dashboard.getByLabel('State')).toHaveValue('failed');
});
