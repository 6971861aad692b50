import { expect, expectNoBarriers, test } from './dashboard';
import { ended, holdAnswersAfter, releaseAnswers, runSync, sql, startSync } from './provider';

test.afterEach(releaseAnswers);

test('a dry run shows a plan field by field, which is applied once', async ({
  dashboard,
  api,
  integrationId,
}) => {
  const changed = sql(
    `UPDATE customers SET name = name || ' Plan' WHERE id = (
       SELECT max(c.id) FROM customers c JOIN record_links l ON l.local_id = c.id
       WHERE l.integration_id = ${integrationId} AND l.entity_type = 'customers' AND l.geniacs_id IS NOT NULL
         AND c.customer_code LIKE 'CUST-%')
     RETURNING id`,
  );
  const { id } = await runSync(api, {
    integration_id: integrationId,
    entity_type: 'customers',
    options: { dry_run: true },
  });

  await dashboard.goto(`/syncs/${id}`);
  await expect(dashboard.getByRole('heading', { name: 'What would happen' })).toBeVisible();
  await dashboard.getByLabel('Action').selectOption('update');
  const plan = dashboard.getByRole('table', { name: 'What would happen' });
  const planned = plan.getByRole('row').filter({
    has: dashboard.getByRole('link', { name: changed, exact: true }),
  });
  await expect(planned.getByRole('row', { name: /^name .* → .* Plan/i })).toBeVisible();
  await expectNoBarriers(dashboard);

  await dashboard.getByRole('button', { name: 'Apply the plan' }).click();
  await dashboard.getByRole('dialog').getByRole('button', { name: 'Apply the plan' }).click();
  await expect(dashboard.getByText(`Applies the plan of sync ${id}`)).toBeVisible();
  await expect(dashboard.getByText('Succeeded', { exact: true })).toBeVisible({ timeout: 60_000 });

  await dashboard.getByRole('link', { name: `Applies the plan of sync ${id}` }).click();
  await expect(dashboard.getByText(/^It was applied by sync \d+\.$/)).toBeVisible();
  await expect(dashboard.getByRole('button', { name: 'Apply the plan' })).toHaveCount(0);
});

test('a sync is cancelled in the middle, and goes on where it stopped', async ({
  dashboard,
  api,
  integrationId,
}) => {
  // More parts than are sent at once.
  sql('UPDATE invoices SET due_date = due_date + 1');
  await holdAnswersAfter(1);
  const id = await startSync(api, { integration_id: integrationId, entity_type: 'invoices' });
  await dashboard.goto(`/syncs/${id}`);
  await dashboard.getByRole('button', { name: 'Cancel' }).click();
  const dialog = dashboard.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Stop the sync' }).click();
  await expect(dashboard.getByText('The sync stops.')).toBeVisible();
  await releaseAnswers();
  await expect(dashboard.getByText('Cancelled', { exact: true })).toBeVisible({ timeout: 60_000 });

  await dashboard.getByRole('button', { name: 'Go on' }).click();
  await expect(dashboard.getByText(`Goes on where sync ${id} stopped`)).toBeVisible();
  const resumed = Number(/\d+$/.exec(dashboard.url())?.[0]);
  expect((await ended(api, resumed)).status).toMatch(/success|partial/);
  await expect(dashboard.getByText(/^(Succeeded|Partly failed)$/)).toBeVisible();
});

test('filters stay in the address when the page is loaded again', async ({ dashboard }) => {
  await dashboard.goto('/syncs');
  await dashboard.getByLabel('State').selectOption('failed');
  await expect(dashboard).toHaveURL(/status=failed/);
  await dashboard.reload();
  await expect(dashboard.getByLabel('State')).toHaveValue('failed');
});
