import { expect, expectNoBarriers, test } from './dashboard';
import { ask } from './provider';

const page = (integrationId: number) => `/mappings?integration=${integrationId}&entity=customers`;

test('a rule is tried on records before it is saved, and taken back', async ({
  dashboard,
  integrationId,
}) => {
  await dashboard.goto(page(integrationId));
  await dashboard.getByRole('button', { name: /^Rules of name/ }).click();
  await dashboard.getByLabel('Add a rule: Changes of the value').selectOption('uppercase');
  await expectNoBarriers(dashboard);
  await dashboard.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();

  await expect(dashboard.getByText('Changed: name (changes of the value)')).toBeVisible();
  const impact = dashboard.getByRole('region', { name: 'What saving would change' });
  await expect(impact.getByText('100', { exact: true }).first()).toBeVisible();

  await dashboard.getByRole('button', { name: 'Save all changes' }).click();
  await expect(dashboard.getByText('Everything is saved.')).toBeVisible();

  await dashboard.getByRole('button', { name: /^Rules of name/ }).click();
  await dashboard.getByRole('button', { name: /^Remove the rule .*capitals$/i }).click();
  await dashboard.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
  await dashboard.getByRole('button', { name: 'Save all changes' }).click();
  await expect(dashboard.getByText('Everything is saved.')).toBeVisible();
});

test.describe('a stale edit', () => {
  test.use({ provoked: /409/ });

  test('is refused, and nothing that was typed is lost', async ({
    dashboard,
    api,
    integrationId,
  }) => {
    await dashboard.goto(page(integrationId));
    await dashboard.getByRole('button', { name: /^Rules of name/ }).click();
    const dialog = dashboard.getByRole('dialog');
    await dialog.getByLabel('Default').fill('Nobody');
    await dialog.getByRole('button', { name: 'Close' }).last().click();

    const list = `/api/geniacs/mappings?integration_id=${integrationId}&entity_type=customers`;
    const { mappings } = await ask(api, list);
    const { id, is_required } = mappings.find(
      ({ local_field }: { local_field: string }) => local_field === 'name',
    );
    const theirs = { is_required: !is_required, default_value: 'Somebody' };
    await api.patch(`/api/geniacs/mappings/${id}`, { data: theirs });

    // What both have changed is chosen, what only one has changed is kept.
    await dashboard.getByRole('button', { name: 'Save all changes' }).click();
    await expect(dashboard.getByText('Somebody else has saved other mappings')).toBeVisible();
    await expect(dashboard.getByRole('radio', { name: 'Nobody' })).toBeChecked();
    await expect(dashboard.getByRole('radio', { name: 'Somebody' })).toBeVisible();
    await expectNoBarriers(dashboard);
    await dashboard.getByRole('button', { name: 'Go on with both' }).click();
    await dashboard.getByRole('button', { name: 'Save all changes' }).click();
    await expect(dashboard.getByText('Everything is saved.')).toBeVisible();

    const { mapping } = await ask(api, `/api/geniacs/mappings/${id}`);
    expect(mapping).toMatchObject({ is_required: !is_required, default_value: 'Nobody' });
    await api.patch(`/api/geniacs/mappings/${id}`, { data: { is_required, default_value: null } });
  });
});
