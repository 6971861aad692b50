import { expect, test } from './dashboard';
import { PARTNER } from './provider';

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
