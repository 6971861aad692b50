import { expect, test } from './dashboard';
import { ask, ended, partner, runSync, sql } from './provider';

const REFUSED = 'no e-mail address';

test('a mapping is corrected, its cause alone is sent again, and the records arrive', async ({
  dashboard,
  api,
  integrationId,
}) => {
  // Customers without an address, whom the default mappings refuse, and one whom the partner refuses.
  sql(`INSERT INTO customers (customer_code, name, email)
       SELECT 'E2E-' || n, '${REFUSED} ' || n, CASE n WHEN 3 THEN 'refused@example.com' END
       FROM generate_series(1, 3) n`);
  const ids = sql(`SELECT id FROM customers WHERE customer_code LIKE 'E2E-%' ORDER BY id`);
  await partner('POST', 'faults', {
    reject: [{ entity: 'customers', field: 'customer_email', contains: 'refused@' }],
  });
  const failed = await runSync(api, {
    integration_id: integrationId,
    entity_type: 'customers',
    filters: { ids: ids.split('\n').map(Number) },
  });
  expect(failed.progress.failed_records).toBe(3);

  await dashboard.goto(`/syncs/${failed.id}`);
  const causes = dashboard.getByRole('table', { name: 'By cause' });
  const cause = causes.getByRole('row').filter({ hasText: 'email' }).filter({ hasText: '2' });
  await cause.getByRole('link', { name: 'To the mapping' }).click();
  await dashboard.getByRole('button', { name: 'Rules of email' }).click();
  const dialog = dashboard.getByRole('dialog');
  await dialog.getByLabel('Default').fill('unknown@example.com');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(dashboard.getByText('Changed: email (default)')).toBeVisible();
  await dashboard.getByRole('button', { name: 'Save all changes' }).click();
  await expect(dashboard.getByText('Everything is saved.')).toBeVisible();

  await dashboard.goBack();
  await cause.getByRole('button', { name: 'Send again' }).click();
  await expect(dashboard.getByText(`Retry of sync ${failed.id}`)).toBeVisible();
  await expect(dashboard.getByText('Succeeded', { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(dashboard.getByText('2 of 2 records', { exact: false })).toBeVisible();

  const retry = Number(/\d+$/.exec(dashboard.url())?.[0]);
  expect((await ended(api, retry)).progress.processed_records).toBe(2);
  const { records } = await partner('GET', 'records/customers?limit=1000');
  const arrived = records.filter(({ fields }: { fields: { customer_name: string } }) =>
    fields.customer_name.startsWith(REFUSED),
  );
  expect(arrived.length).toBe(2);

  await partner('POST', 'faults', { reject: null });
  const mappings = `/api/geniacs/mappings?integration_id=${integrationId}&entity_type=customers&limit=100`;
  const { id } = (await ask(api, mappings)).mappings.find(
    ({ local_field }: { local_field: string }) => local_field === 'email',
  );
  await api.patch(`/api/geniacs/mappings/${id}`, { data: { default_value: null } });
});

test('what has failed is sent again, and the new sync names the old one', async ({
  dashboard,
  api,
  integrationId,
}) => {
  const { syncs } = await ask(
    api,
    `/api/geniacs/syncs?integration_id=${integrationId}&entity_type=customers&status=partial&limit=1`,
  );
  await dashboard.goto(`/syncs/${syncs[0].id}`);
  await dashboard.getByRole('button', { name: 'Send the failed again' }).click();
  await expect(dashboard.getByText(`Retry of sync ${syncs[0].id}`)).toBeVisible();
  await ended(api, Number(/\d+$/.exec(dashboard.url())?.[0]));
});
