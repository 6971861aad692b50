import { expect, test } from './dashboard';
import { ask, sendEvents } from './provider';

test('what a filter finds is replayed, and nothing else', async ({
  dashboard,
  api,
  integrationId,
}) => {
  await sendEvents(api, integrationId, { customers: 3, payments: 2 });

  await dashboard.goto(`/webhooks?integration=${integrationId}`);
  await dashboard.getByLabel('Type').selectOption('customer.updated');
  await dashboard.getByLabel('State').selectOption('processed');
  const rows = dashboard.getByRole('table', { name: 'Webhooks' }).getByRole('row');
  await expect(rows).toHaveCount(4);
  await expect(rows.filter({ hasText: 'payment.' })).toHaveCount(0);

  const before = await processed(api, integrationId);
  await dashboard.getByRole('button', { name: 'Apply all that match again' }).click();
  const dialog = dashboard.getByRole('dialog');
  await expect(dialog.getByText('3 match.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Apply again' }).click();
  await expect(dialog.getByText('Done: 3')).toBeVisible();
  await expect(dialog.getByText('Failed: 0')).toBeVisible();
  await dialog.getByRole('button', { name: 'Close' }).last().click();

  const appliedAgain = async () => {
    const now = await processed(api, integrationId);
    return Object.keys(now).filter((event) => now[event] && now[event] !== before[event]);
  };
  const matching = Object.keys(before).filter((event) => event.startsWith('customer.updated'));
  await expect.poll(appliedAgain).toEqual(matching);
});

test('an event that arrives is announced, and shown beside its record', async ({
  dashboard,
  api,
  integrationId,
}) => {
  await dashboard.goto(`/webhooks?integration=${integrationId}`);
  await expect(dashboard.getByText('Live', { exact: true })).toBeVisible();
  await sendEvents(api, integrationId, { customers: 1 });
  await dashboard.getByRole('button', { name: /^\d+ new$/ }).click();

  const first = dashboard.getByRole('table', { name: 'Webhooks' }).getByRole('row').nth(1);
  await expect(first).toContainText('customer.updated');
  await first.getByRole('button').first().click();
  const drawer = dashboard.getByRole('dialog');
  await expect(drawer.getByRole('heading', { name: 'Payload' })).toBeVisible();
  await expect(drawer.getByRole('link', { name: /^Record \d+$/ })).toBeVisible();
});

type Api = Parameters<typeof ask>[0];

/** When each event was applied, by its type and number. */
async function processed(api: Api, integrationId: number): Promise<Record<string, string | null>> {
  const query = `integration_id=${integrationId}&limit=250`;
  const { webhook_events } = await ask(api, `/api/geniacs/webhook-events?${query}`);
  const entries = webhook_events.map(
    ({
      event_type,
      id,
      processed_at,
    }: {
      event_type: string;
      id: number;
      processed_at: string;
    }) => [`${event_type} ${id}`, processed_at],
  );
  return Object.fromEntries(entries);
}
