import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from '@playwright/test';
import { admin, expect, signIn, test } from './dashboard';
import { OwnGateway } from './gateway';
import { changeAllCustomers, ended, holdAnswersAfter, releaseAnswers, startSync } from './provider';

const live = (page: Page) => page.getByText('Live', { exact: true });
const lostBanner = (page: Page) => page.getByText('The connection to the gateway is lost.');

test.afterEach(releaseAnswers);

test('eight tabs share one stream', async ({ context }) => {
  const followers: Page[] = [];
  context.on('request', (request) => {
    if (request.url().includes('/events/stream')) followers.push(request.frame().page());
  });
  await signIn(context, admin);

  const tabs = await Promise.all(Array.from({ length: 8 }, () => context.newPage()));
  for (const tab of tabs) await tab.goto('/syncs');
  for (const tab of tabs) await expect(live(tab)).toBeVisible();
  expect(followers.length).toBe(1);

  // The tab that has the stream is closed: another one goes on with it.
  const [follower] = followers;
  await follower?.close();
  await expect.poll(() => followers.length).toBe(2);
  for (const tab of tabs.filter((tab) => tab !== follower)) await expect(live(tab)).toBeVisible();
});

test('a sync that somebody else starts is announced, and moves no row', async ({
  dashboard,
  api,
  integrationId,
}) => {
  await dashboard.goto('/syncs');
  const first = dashboard.getByRole('row').nth(1);
  const before = await first.textContent();
  await expect(live(dashboard)).toBeVisible();

  await startSync(api, { integration_id: integrationId, entity_type: 'nas_servers' });
  const news = dashboard.getByRole('button', { name: /^\d+ new$/ });
  await expect(news).toBeVisible();
  expect(await first.textContent()).toBe(before);
  await news.click();
  await expect(first).not.toHaveText(before ?? '');
});

test('an idle tab asks for nothing', async ({ dashboard }) => {
  await dashboard.clock.install();
  await dashboard.goto('/syncs');
  await expect(live(dashboard)).toBeVisible();
  await expect(dashboard.locator('[aria-busy=true]')).toHaveCount(0);
  await dashboard.waitForLoadState('networkidle');

  const asked: string[] = [];
  dashboard.on('request', (request) => asked.push(request.url()));
  // Less than the silence after which the stream is taken for dead.
  await dashboard.clock.runFor(30_000);
  expect(asked).toEqual([]);
});

test.describe('a stream that is cut', () => {
  test.use({ provoked: /ERR_FAILED.*events\/stream/ });

  test('is told of, and found again', async ({ page, context }) => {
    await signIn(context, admin);
    await page.route('**/events/stream*', (route) => route.abort());
    await page.goto('/syncs');
    await expect(page.getByText('Connection lost', { exact: true })).toBeVisible();
    await expect(lostBanner(page)).toBeVisible();

    await page.unroute('**/events/stream*');
    await expect(live(page)).toBeVisible();
    await expect(lostBanner(page)).toHaveCount(0);
  });
});

test.describe('a gateway that is killed', () => {
  test.use({ provoked: /ERR_(CONNECTION|INCOMPLETE|EMPTY|SOCKET|NETWORK)/ });
  let gateway: OwnGateway;

  test.beforeEach(async () => {
    gateway = await OwnGateway.start();
  });
  test.afterEach(() => gateway.kill());

  test('in the middle of a sync leaves the page standing, and it follows the sync to its end', async ({
    context,
    page,
    api,
    integrationId,
  }) => {
    changeAllCustomers();
    await holdAnswersAfter(2);
    const id = await startSync(api, { integration_id: integrationId, entity_type: 'customers' });
    await signInAt(gateway, context);
    await page.goto(`${gateway.url}/syncs/${id}`);
    await expect(live(page)).toBeVisible();
    const heading = page.getByRole('heading', { level: 1, name: `Sync ${id}` });
    await heading.evaluate((element) => element.setAttribute('data-kept', ''));

    const running = page.getByText('Running', { exact: true });
    await expect(running).toBeVisible();
    await gateway.kill();
    await expect(lostBanner(page)).toBeVisible();
    await expect(running).toBeVisible();
    await releaseAnswers();
    const { progress } = await ended(api, id);

    await gateway.start();
    await expect(live(page)).toBeVisible({ timeout: 30_000 });
    await expect(page.getByText(/^(Succeeded|Partly failed)$/)).toBeVisible();
    await expect(page.getByText('100%', { exact: true })).toBeVisible();
    const all = new Intl.NumberFormat('en').format(progress.processed_records);
    await expect(page.getByText(`${all} of ${all} records`)).toBeVisible();
    // It was never loaded anew.
    await expect(heading).toHaveAttribute('data-kept');
  });

  test('and comes back with a newer dashboard is noticed: the page offers to reload and keeps its form', async ({
    context,
    page,
  }) => {
    await signInAt(gateway, context);
    await page.goto(`${gateway.url}/integrations`);
    await expect(live(page)).toBeVisible();
    await page.getByRole('button', { name: 'Add Integration' }).click();
    await page.getByLabel('Integration Name').fill('Half typed');

    await gateway.kill();
    const newer = newerDashboard();
    await gateway.start(newer);
    await expect(page.getByText('The dashboard has been renewed.')).toBeAttached({
      timeout: 30_000,
    });
    await expect(page.getByLabel('Integration Name')).toHaveValue('Half typed');

    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Reload' }).click();
    await expect(page.getByText('The dashboard has been renewed.')).toHaveCount(0);
    await expect(live(page)).toBeVisible();
    rmSync(newer, { recursive: true });
  });
});

async function signInAt(gateway: OwnGateway, context: BrowserContext) {
  const answer = await context.request.post(`${gateway.url}/api/auth/login`, { data: admin });
  expect(answer.ok()).toBe(true);
}

/** A copy of the dashboard whose first script has another name, as after a change of its sources. */
function newerDashboard(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
  cpSync(process.env['GENIACS_DASHBOARD__FOLDER'] ?? '', folder, { recursive: true });
  const page = join(folder, 'index.html');
  const html = readFileSync(page, 'utf8');
  const name = /assets\/(index-[^"]+)\.js/.exec(html)?.[1] ?? '';
  for (const file of readdirSync(join(folder, 'assets'))) {
    if (file.startsWith(name)) {
      renameSync(
        join(folder, 'assets', file),
        join(folder, 'assets', file.replace(name, `${name}-2`)),
      );
    }
  }
  writeFileSync(page, html.replaceAll(name, `${name}-2`));
  return folder;
}
