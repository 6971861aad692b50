import type { Page } from '@playwright/test';
import { expect, expectNoBarriers, expectNoSidewaysScroll, test } from './dashboard';

/** The buttons that open a dialog, one after the other, and what is unfolded in it. */
type Way = { opens: (string | RegExp)[]; unfolds?: string[] };

const pages: { path: string; dialogs: Way[] }[] = [
  {
    path: '/integrations',
    dialogs: [
      { opens: ['Add Integration'], unfolds: ['More settings'] },
      { opens: ['Test Connection'] },
      { opens: ['Configure'] },
      { opens: ['Configure', 'Edit'] },
      { opens: ['Configure', 'New credentials'] },
      { opens: ['Configure', 'Archive'] },
      { opens: ['Archived'] },
    ],
  },
  {
    path: '/syncs',
    dialogs: [
      { opens: ['Start a sync'], unfolds: ['Options'] },
      { opens: ['Send the failed of all that match'] },
    ],
  },
  {
    path: '/schedules',
    dialogs: [{ opens: ['Add a schedule'], unfolds: ['Extent of a run', 'Filters and options'] }],
  },
  { path: '/webhooks', dialogs: [{ opens: ['Apply all that match again'] }] },
  { path: '/conflicts', dialogs: [{ opens: ['Decide all that match'] }] },
  { path: '/dead-letters', dialogs: [{ opens: ['Requeue all that match'] }] },
  { path: '/mappings', dialogs: [{ opens: [/^Rules of phone/] }] },
  { path: '/checks', dialogs: [{ opens: ['Start a check'] }] },
  { path: '/reports', dialogs: [{ opens: ['Make a report now'] }] },
  { path: '/users', dialogs: [{ opens: ['Add a user'] }] },
  {
    path: '/account',
    dialogs: [
      { opens: ['Change the password'] },
      { opens: ['Make a token'] },
      { opens: ['Sign out everywhere'] },
    ],
  },
  { path: '/notifications', dialogs: [{ opens: ['Add a rule'] }] },
  { path: '/settings', dialogs: [{ opens: ['Change the times'] }] },
];

for (const { path, dialogs } of pages) {
  test(`the dialogs of ${path} can be used by everybody, light and dark, wide and narrow`, async ({
    dashboard,
    integrationId,
  }) => {
    await dashboard.goto(`${path}?integration=${integrationId}`);
    for (const way of dialogs) {
      await open(dashboard, way);
      await expectDialogForEverybody(dashboard);
      await closeAll(dashboard);
    }
  });
}

test('a click that leaves a wrong field does what was clicked, although the error moves it', async ({
  dashboard,
}) => {
  await dashboard.goto('/integrations');
  await dashboard.getByRole('button', { name: 'Add Integration' }).click();
  const dialog = dashboard.getByRole('dialog');
  await dialog.getByLabel('Endpoint URL').fill('no address');

  // As long as a person holds the button.
  await dialog.getByRole('button', { name: 'Cancel' }).click({ delay: 100 });
  await expect(dialog).toHaveCount(0);
});

test('the search and the shortcuts can be used by everybody, and open by a key', async ({
  dashboard,
  integrationId,
}) => {
  await dashboard.goto(`/?integration=${integrationId}`);
  await expect(dashboard.getByRole('heading', { level: 1 })).toBeVisible();
  for (const [key, name] of [
    ['Control+k', 'Search everything'],
    ['Shift+?', 'Shortcuts'],
  ] as const) {
    await dashboard.keyboard.press(key);
    await expect(dashboard.getByRole('dialog', { name })).toBeVisible();
    await expectDialogForEverybody(dashboard);
    await closeAll(dashboard);
  }
});

async function open(page: Page, { opens, unfolds = [] }: Way) {
  for (const [place, name] of opens.entries()) {
    const within = place === 0 ? page : page.getByRole('dialog').last();
    await within.getByRole('button', { name, exact: true }).first().click();
    await expect(page.getByRole('dialog')).toHaveCount(place + 1);
  }
  for (const words of unfolds) await page.locator('summary', { hasText: words }).click();
  await expect(page.getByRole('dialog').last().locator('[aria-busy=true]')).toHaveCount(0);
}

async function expectDialogForEverybody(page: Page) {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
    await expectNoBarriers(page, '[role=dialog]');
  }

  await page.setViewportSize({ width: 320, height: 700 });
  await expectNoSidewaysScroll(page, '[role=dialog]');
  await page.setViewportSize({ width: 1280, height: 800 });
}

async function closeAll(page: Page) {
  for (let open = await page.getByRole('dialog').count(); open > 0; open--) {
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(open - 1);
  }
}
