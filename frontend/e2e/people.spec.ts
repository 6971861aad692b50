import { expect, expectNoBarriers, signIn, test, watch } from './dashboard';

test.describe('a session that has ended', () => {
  test('is begun anew on top of the page, and what was typed stays', async ({
    page,
    context,
    api,
  }) => {
    const person = { email: 'short@example.com', password: 'a-long-enough-password-1' };
    await api.post('/api/users', { data: { ...person, name: 'Short', role: 'admin' } });
    await signIn(context, person);
    await page.goto('/integrations');
    await page.getByRole('button', { name: 'Add Integration' }).click();
    await page.getByLabel('Integration Name').fill('Half typed');

    const { users } = (await (await api.get('/api/users?limit=100')).json()).data;
    const { id } = users.find(({ email }: { email: string }) => email === person.email);
    const { tokens } = (await (await api.get(`/api/tokens?user_id=${id}&limit=100`)).json()).data;
    for (const token of tokens) await api.delete(`/api/tokens/${token.id}`);

    await page.getByLabel('Endpoint URL').fill('https://api.example.com/v1');
    await page.getByLabel('API Key').fill('key');
    await page.getByLabel('API Secret').fill('secret');
    await page.getByRole('button', { name: 'Create Integration' }).click();
    await expect(page.getByText('Your session has ended. Sign in again.').last()).toBeVisible();

    await page.getByLabel('E-mail address').fill(person.email);
    await page.getByRole('textbox', { name: 'Password' }).fill(person.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByLabel('E-mail address')).toHaveCount(0);
    await expect(page.getByLabel('Integration Name')).toHaveValue('Half typed');
    await api.delete(`/api/users/${id}`);
  });
});

for (const role of ['viewer', 'operator', 'admin'] as const) {
  test(`a page offers what the role ${role} may do, and nothing else`, async ({
    page,
    context,
    api,
  }) => {
    const person = { email: `${role}-e2e@example.com`, password: 'a-long-enough-password-1' };
    await api.post('/api/users', { data: { ...person, name: role, role } });
    const complaints = watch(page);
    await signIn(context, person);

    await page.goto('/syncs');
    await expect(page.getByRole('heading', { level: 1, name: 'Syncs' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Start a sync' })).toHaveCount(
      role === 'viewer' ? 0 : 1,
    );
    await expect(page.getByRole('link', { name: 'Users' })).toHaveCount(role === 'admin' ? 1 : 0);
    await page.goto('/mappings');
    await expect(page.getByRole('button', { name: /^Rules of name/ })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Save all changes' })).toHaveCount(
      role === 'admin' ? 1 : 0,
    );
    await expectNoBarriers(page);
    expect(complaints).toEqual([]);
  });
}

test('every page speaks both languages', async ({ dashboard }) => {
  await dashboard.goto('/syncs');
  await dashboard.getByRole('button', { name: 'Language, theme and times' }).click();
  await dashboard.getByRole('menuitemradio', { name: 'Bahasa Indonesia' }).click();
  await expect(dashboard.getByRole('heading', { level: 1, name: 'Sinkronisasi' })).toBeVisible();
  await dashboard.reload();
  await expect(dashboard.locator('html')).toHaveAttribute('lang', 'id');
  await expect(dashboard.getByRole('link', { name: 'Pemetaan' })).toBeVisible();
});
