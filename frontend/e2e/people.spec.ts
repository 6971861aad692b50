import { en } from '../src/i18n/en.ts';
import { expect, expectNoBarriers, signIn, test } from './dashboard';
import { ask } from './provider';

const password = 'a-long-enough-password-1';

test.describe('a session that has ended', () => {
  test.use({ provoked: /401/ });

  test('is begun anew on top of the page, and what was typed stays', async ({
    page,
    context,
    api,
  }) => {
    const person = { email: 'short@example.com', password };
    await api.post('/api/users', { data: { ...person, name: 'Short', role: 'admin' } });
    await signIn(context, person);
    await page.goto('/integrations');
    await page.getByRole('button', { name: 'Add Integration' }).click();
    await page.getByLabel('Integration Name').fill('Half typed');

    const { users } = await ask(api, '/api/users?limit=100');
    const { id } = users.find(({ email }: { email: string }) => email === person.email);
    const { tokens } = await ask(api, `/api/tokens?user_id=${id}&limit=100`);
    for (const token of tokens) await api.delete(`/api/tokens/${token.id}`);

    await page.getByLabel('Endpoint URL').fill('https://api.example.com/v1');
    await page.getByLabel('API Key').fill('key');
    await page.getByLabel('API Secret').fill('secret');
    await page.getByRole('button', { name: 'Create Integration' }).click();
    await expect(page.getByText('Your session has ended. Sign in again.').last()).toBeVisible();
    await expectNoBarriers(page);

    await page.getByLabel('E-mail address').fill(person.email);
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByLabel('E-mail address')).toHaveCount(0);
    await expect(page.getByLabel('Integration Name')).toHaveValue('Half typed');
    await api.delete(`/api/users/${id}`);
  });
});

/** What the pages offer to whom. */
const offers = [
  { path: '/syncs', button: 'Start a sync', roles: ['operator', 'admin'] },
  { path: '/webhooks', button: 'Apply all that match again', roles: ['operator', 'admin'] },
  { path: '/checks', button: 'Start a check', roles: ['operator', 'admin'] },
  { path: '/integrations', button: 'Test Connection', roles: ['operator', 'admin'] },
  { path: '/integrations', button: 'Add Integration', roles: ['admin'] },
  { path: '/schedules', button: 'Add a schedule', roles: ['admin'] },
  { path: '/mappings', button: 'Save all changes', roles: ['admin'] },
];

for (const role of ['viewer', 'operator', 'admin']) {
  test(`a page offers what the role ${role} may do, and nothing else`, async ({
    page,
    context,
    api,
    integrationId,
  }) => {
    const person = { email: `${role}-e2e@example.com`, password };
    await api.post('/api/users', { data: { ...person, name: role, role } });
    await signIn(context, person);

    for (const { path, button, roles } of offers) {
      await page.goto(`${path}?integration=${integrationId}`);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(page.locator('[aria-busy=true]')).toHaveCount(0);
      await expect(page.getByRole('button', { name: button })).toHaveCount(
        roles.includes(role) ? 1 : 0,
      );
    }
    await expect(page.getByRole('link', { name: 'Users' })).toHaveCount(role === 'admin' ? 1 : 0);
  });
}

/** A key that has no words is itself what is shown. */
const bareKey = new RegExp(`\\b(${Object.keys(en).join('|')})\\.[a-z]\\w+`);

test('every page speaks both languages, and stays in the one that was chosen', async ({
  dashboard,
}) => {
  await dashboard.goto('/');
  const menu = dashboard.getByRole('navigation').first();
  await expect(menu.getByRole('link', { name: 'Home' })).toBeVisible();
  const english = await menu.getByRole('link').allTextContents();
  await dashboard.getByRole('button', { name: 'Language, theme and times' }).click();
  await dashboard.getByRole('menuitemradio', { name: 'Bahasa Indonesia' }).click();
  await dashboard.reload();
  await expect(dashboard.locator('html')).toHaveAttribute('lang', 'id');

  await expect(menu.getByRole('link')).toHaveCount(english.length);
  for (const [place, name] of english.entries()) {
    await menu.getByRole('link').nth(place).click();
    const heading = dashboard.getByRole('heading', { level: 1 });
    await expect(heading).toBeVisible();
    // The product's own names are the same in both.
    if (!/Webhook|Integra|System/.test(name)) await expect(heading).not.toHaveText(name);
    await expect(dashboard.locator('[aria-busy=true]')).toHaveCount(0);
    // The audit log shows actions by the gateway's own names.
    const shown = dashboard.getByText(bareKey).and(dashboard.locator(':not(td, td *)'));
    await expect(shown).toHaveCount(0);
  }
});
