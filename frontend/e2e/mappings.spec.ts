import { expect, expectNoBarriers, test } from './dashboard';

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

  await expect(dashboard.getByText('Changed: name (transformations)')).toBeVisible();
  const impact = dashboard.getByRole('region', { name: 'What saving would change' });
  await expect(impact.getByText('100', { exact: true }).first()).toBeVisible();

  await dashboard.getByRole('button', { name: 'Save all changes' }).click();
  await expect(dashboard.getByText('Everything is saved.')).toBeVisible();

  await dashboard.getByRole('button', { name: /^Rules of name/ }).click();
  await dashboard.getByRole('button', { name: 'Remove the rule uppercase' }).click();
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
    await dashboard.getByLabel('Default name').fill('Nobody');

    const list = `/api/geniacs/mappings?integration_id=${integrationId}&entity_type=customers`;
    const { mappings } = (await (await api.get(list)).json()).data;
    const other = mappings.find(
      ({ local_field }: { local_field: string }) => local_field === 'name',
    );
    await api.patch(`/api/geniacs/mappings/${other.id}`, {
      data: { is_required: !other.is_required },
    });

    await dashboard.getByRole('button', { name: 'Save all changes' }).click();
    await expect(dashboard.getByText('Somebody else has saved other mappings')).toBeVisible();
    await expect(dashboard.getByLabel('Default name')).toHaveValue('Nobody');

    await dashboard.getByRole('button', { name: 'Take theirs' }).click();
    await expect(dashboard.getByText('Everything is saved.')).toBeVisible();
    await api.patch(`/api/geniacs/mappings/${other.id}`, {
      data: { is_required: other.is_required },
    });
  });
});
