import { expect, test } from './dashboard';
import { type ask, configure, ended, partner, runSync, sql } from './provider';

test('a conflict is settled field by field, and both sides get what was chosen', async ({
  dashboard,
  api,
  integrationId,
}) => {
  const conflicting = await prepareConflicts(api, integrationId, 2);
  await dashboard.goto('/conflicts');
  const rows = dashboard.getByRole('table', { name: 'Conflicts' }).getByRole('row');
  await expect(rows).toHaveCount(conflicting.length + 1);

  // Through the queue by keyboard: the newest one first.
  await dashboard.keyboard.press('j');
  const [first, second] = [...conflicting].reverse();
  await expect(dashboard.getByRole('link', { name: `Customers ${first?.id}` })).toBeVisible();
  await dashboard.keyboard.press('j');
  await expect(dashboard.getByRole('link', { name: `Customers ${second?.id}` })).toBeVisible();
  await dashboard.keyboard.press('k');
  await expect(dashboard.getByRole('link', { name: `Customers ${first?.id}` })).toBeVisible();

  // Its name from here, its address from there.
  const choices = dashboard.getByRole('table', { name: 'Fields' });
  await choices.getByRole('radio', { name: 'name: Here, here' }).check();
  await choices.getByRole('radio', { name: 'email: At Geniacs, there@example.com' }).check();
  await dashboard.getByRole('button', { name: 'Keep what is chosen' }).click();
  await expect(dashboard.getByText('a sync carries it out', { exact: false })).toBeVisible();
  await expect
    .poll(() => both(first))
    .toEqual(['here', 'there@example.com', 'here', 'there@example.com']);

  await expect(dashboard.getByRole('link', { name: `Customers ${second?.id}` })).toBeVisible();
  await dashboard.keyboard.press('2');
  await expect(dashboard.getByText('No conflict waits for a decision.')).toBeVisible();
  await expect
    .poll(() => both(second))
    .toEqual(['there', 'there@example.com', 'there', 'there@example.com']);
  await configure(api, integrationId, { conflict_policy: 'newest' });
});

test('conflicts that are alike are settled field by field by one decision', async ({
  dashboard,
  api,
  integrationId,
}) => {
  const conflicting = await prepareConflicts(api, integrationId, 2);
  await dashboard.goto('/conflicts');
  await dashboard.getByRole('table', { name: 'Conflicts' }).getByRole('button').first().click();
  const choices = dashboard.getByRole('table', { name: 'Fields' });
  await choices.getByRole('radio', { name: 'email: At Geniacs, there@example.com' }).check();
  await dashboard.getByRole('button', { name: 'Decide all that are alike as chosen' }).click();

  const dialog = dashboard.getByRole('dialog');
  await expect(dialog.getByText('2 match.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Keep what is chosen' }).click();
  await expect(dialog.getByText('Done: 2')).toBeVisible();
  await expect(dialog.getByText(/^Operation \d+ has ended\.$/)).toBeVisible();
  for (const record of conflicting) {
    await expect
      .poll(() => both(record))
      .toEqual(['here', 'there@example.com', 'here', 'there@example.com']);
  }
  await configure(api, integrationId, { conflict_policy: 'newest' });
});

type Record = { id: number; geniacsId: string };

/** Records whose name and address were changed on both sides since they were last in step. */
async function prepareConflicts(
  api: Parameters<typeof ask>[0],
  integrationId: number,
  count: number,
): Promise<Record[]> {
  await configure(api, integrationId, { conflict_policy: 'manual' });
  const linked = sql(
    `SELECT local_id || ' ' || geniacs_id FROM record_links
     WHERE integration_id = ${integrationId} AND entity_type = 'customers' AND geniacs_id IS NOT NULL
       AND local_id NOT IN (SELECT local_id FROM conflicts WHERE entity_type = 'customers')
     ORDER BY local_id LIMIT ${count}`,
  );
  const records = linked.split('\n').map((line) => {
    const [id = '', geniacsId = ''] = line.split(' ');
    return { id: Number(id), geniacsId };
  });

  for (const { id, geniacsId } of records) {
    sql(`UPDATE customers SET name = 'here', email = 'here@example.com' WHERE id = ${id}`);
    await partner('PUT', `records/customers/${geniacsId}`, {
      customer_name: 'there',
      customer_email: 'there@example.com',
    });
    const sync = await runSync(api, {
      integration_id: integrationId,
      entity_type: 'customers',
      sync_direction: 'from_geniacs',
      filters: { ids: [geniacsId] },
    });
    await ended(api, sync.id);
  }
  return records;
}

/** Name and address here, name and address there. */
async function both(record: Record | undefined): Promise<string[]> {
  const here = sql(`SELECT name || ' ' || email FROM customers WHERE id = ${record?.id}`).split(
    ' ',
  );
  const { records } = await partner('GET', `records/customers?limit=1000`);
  const there = records.find(({ id }: { id: string }) => id === record?.geniacsId);
  return [...here, there?.fields.customer_name, there?.fields.customer_email];
}
