import { admin, expect, test } from './dashboard';
import { credentials, holdAnswersAfter, PARTNER, releaseAnswers } from './provider';

// Runs before all others, on an installation that has the provider's records and nothing else.
test.describe.configure({ mode: 'serial' });
test.afterAll(releaseAnswers);

test.describe('the first visit', () => {
  // Whether somebody is signed in is found out by asking.
  test.use({ provoked: /401.*auth\/(me|login)/ });

  test('begins with signing in, by keyboard alone, after a wrong password too', async ({
    page,
  }) => {
    await page.goto('/');
    await expect(page.getByText('geniacsctl user create')).toBeVisible();
    await page.getByLabel('E-mail address').focus();
    await page.keyboard.type(admin.email);
    await page.keyboard.press('Tab');
    await page.keyboard.type('not the password');
    await page.keyboard.press('Enter');
    await expect(page.getByText('The e-mail address or the password is wrong.')).toBeVisible();

    await page.getByRole('textbox', { name: 'Password' }).fill(admin.password);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'First steps' })).toBeVisible();
  });
});

test('a partner is connected and tested', async ({ dashboard }) => {
  await dashboard.goto('/');
  await dashboard.getByRole('link', { name: 'Go there' }).first().click();
  await expect(dashboard.getByText('No partner is connected yet.')).toBeVisible();

  await dashboard.getByRole('button', { name: 'Add Integration' }).click();
  await dashboard.getByLabel('Integration Name').fill(PARTNER);
  await dashboard.getByLabel('Endpoint URL').fill(credentials.endpoint_url);
  await dashboard.getByLabel('API Key').fill(credentials.api_key);
  await dashboard.getByLabel('API Secret').fill(credentials.api_secret);
  await dashboard.getByRole('button', { name: 'Create Integration' }).click();
  await expect(dashboard.getByText(/^whsec_/)).toBeVisible();
  await dashboard.getByRole('button', { name: 'I have stored it' }).click();

  const card = dashboard.getByRole('article', { name: PARTNER });
  await card.getByRole('button', { name: 'Test Connection' }).click();
  await expect(dashboard.getByText('Geniacs answers and takes the credentials.')).toBeVisible();
});

test('a dry run shows what would happen, and then the schedules are switched on', async ({
  dashboard,
}) => {
  await dashboard.goto('/syncs');
  await dashboard.getByRole('button', { name: 'Start a sync' }).click();
  const dialog = dashboard.getByRole('dialog');
  await dialog.getByLabel('Integration').selectOption({ label: PARTNER });
  await dialog.getByLabel('Records', { exact: true }).selectOption('nas_servers');
  await dialog.getByLabel('Type').selectOption('full');
  await dialog.getByLabel('Dry run first').check();
  await dialog.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(dashboard.getByRole('heading', { level: 1, name: /^Sync \d+$/ })).toBeVisible();
  await expect(dashboard.getByText('Succeeded', { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(dashboard.getByRole('heading', { name: 'What would happen' })).toBeVisible();

  await dashboard.getByRole('link', { name: 'Home' }).click();
  const steps = dashboard.getByRole('listitem').filter({ has: dashboard.getByLabel('Done') });
  await expect(steps).toHaveCount(3);
  await dashboard.getByRole('button', { name: 'Switch on' }).click();
  await expect(dashboard.getByText(`The schedules of ${PARTNER} are on.`)).toBeVisible();
  await expect(dashboard.getByRole('heading', { name: 'First steps' })).toHaveCount(0);
});

test('a sync is followed to its end by a bar that moves and never runs backwards', async ({
  dashboard,
}) => {
  await holdAnswersAfter(2);
  await dashboard.goto('/syncs');
  await expect(dashboard.getByText('Live', { exact: true })).toBeVisible();
  await dashboard.getByRole('button', { name: 'Start a sync' }).click();
  const dialog = dashboard.getByRole('dialog');
  await dialog.getByLabel('Integration').selectOption({ label: PARTNER });
  await dialog.getByLabel('Records', { exact: true }).selectOption('customers');
  await dialog.getByLabel('Type').selectOption('full');
  await dialog.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(dashboard.getByRole('heading', { level: 1, name: /^Sync \d+$/ })).toBeVisible();

  const bar = dashboard.getByRole('progressbar').first();
  const share = async () => Number(await bar.getAttribute('aria-valuenow'));
  await expect.poll(share, { timeout: 60_000 }).toBeGreaterThan(0);
  const held = await share();
  expect(held).toBeLessThan(100);

  await bar.evaluate(noteShares);
  await releaseAnswers();
  await expect(dashboard.getByText('Partly failed', { exact: true })).toBeVisible({
    timeout: 60_000,
  });
  await expect.poll(share).toBe(100);
  const shares = await dashboard.evaluate(() => (window as unknown as Noted).noted);
  expect(shares.length).toBeGreaterThan(0);
  expect([held, ...shares]).toEqual([held, ...shares].sort((one, other) => one - other));
});

type Noted = { noted: number[] };

/** Notes each share that the bar shows from now on. */
function noteShares(bar: Element) {
  const noted: number[] = [];
  (window as unknown as Noted).noted = noted;
  const note = () => noted.push(Number(bar.getAttribute('aria-valuenow')));
  new MutationObserver(note).observe(bar, { attributeFilter: ['aria-valuenow'] });
}
