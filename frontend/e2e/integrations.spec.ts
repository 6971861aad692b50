import { expect, test } from './dashboard';
import { ask, credentials, PARTNER } from './provider';

test.describe('a stale edit of an integration', () => {
  test.use({ provoked: /409/ });

  test('shows mine and theirs, and saves what was chosen for each field', async ({
    dashboard,
    api,
    integrationId,
  }) => {
    const path = `/api/geniacs/integrations/${integrationId}`;
    await dashboard.goto('/integrations');
    const card = dashboard.getByRole('article', { name: PARTNER });
    await card.getByRole('button', { name: 'Configure' }).click();
    await dashboard.getByRole('dialog').getByRole('button', { name: 'Edit' }).click();
    const dialog = dashboard.getByRole('dialog', { name: `Edit ${PARTNER}` });
    await dialog.getByLabel('Description').fill('mine');
    await dialog.getByLabel('Attempts of a part of a sync').fill('4');

    const theirs = { description: 'theirs', retry_attempts: 5, timeout_seconds: 25 };
    expect((await api.patch(path, { data: theirs })).ok()).toBe(true);
    await dialog.getByRole('button', { name: 'Save' }).click();

    const choice = dialog.getByRole('alert');
    await expect(choice).toContainText('Somebody else has changed this meanwhile');
    await expect(dialog.getByLabel('Description')).toHaveValue('mine');
    const attempts = choice.getByRole('row', { name: /^Attempts of a part of a sync/ });
    await attempts.getByRole('radio', { name: '5' }).check();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(dialog).toHaveCount(0);

    const { integration } = (await (await api.get(path)).json()).data;
    expect(integration).toMatchObject({
      description: 'mine',
      retry_attempts: 5,
      timeout_seconds: 25,
    });
    await api.patch(path, { data: { description: null, retry_attempts: 3, timeout_seconds: 30 } });
  });
});

test.describe('an integration whose connection test fails', () => {
  test.use({ provoked: /422/ });

  test('is not saved, and what does not pass stands at its fields', async ({
    dashboard,
    api,
    integrationId,
  }) => {
    expect(integrationId).toBeGreaterThan(0);
    await dashboard.goto('/integrations');
    await dashboard.getByRole('button', { name: 'Add Integration' }).click();
    const dialog = dashboard.getByRole('dialog');
    await dialog.getByLabel('Integration Name').fill('Refused');
    await dialog.getByLabel('Endpoint URL').fill(credentials.endpoint_url);
    await dialog.getByLabel('API Key').fill('not-the-key');
    await dialog.getByLabel('API Secret').fill('not-the-secret');
    await dialog.getByLabel('Test the connection before it is saved').check();
    await dialog.getByRole('button', { name: 'Create Integration' }).click();

    await expect(dialog.getByText('The connection test failed. Nothing was saved.')).toBeVisible();
    await expect(dialog.getByText('Geniacs does not take it', { exact: false })).toHaveCount(2);
    await expect(dialog.getByLabel('API Key')).toBeFocused();
    await expect(dialog.getByLabel('API Key')).toHaveValue('not-the-key');
    const { integrations } = await ask(api, '/api/geniacs/integrations?limit=100');
    expect(integrations.map(({ name }: { name: string }) => name)).not.toContain('Refused');
  });
});
