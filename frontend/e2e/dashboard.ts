import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  type APIRequestContext,
  type BrowserContext,
  expect,
  type Page,
  test as plain,
} from '@playwright/test';
import { adminApi, prepareProvider } from './provider.ts';

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);

export const admin = {
  email: process.env['ADMIN_EMAIL'] ?? '',
  password: process.env['ADMIN_PASSWORD'] ?? '',
};

type Fixtures = {
  /** What the browser may complain of in this test, because the test provokes it. */
  provoked: RegExp | undefined;
  /** Fails the test on what no page may do, whichever page the test opens. */
  watched: undefined;
  /** A page of somebody who is signed in as an administrator. */
  dashboard: Page;
};

type WorkerFixtures = {
  /** Of one session of the administrator: signing in takes long, because passwords are hashed so that it does. */
  adminCookies: Parameters<BrowserContext['addCookies']>[0];
  /** The API, as the administrator. */
  api: APIRequestContext;
  /** The integration with the simulator, whose records have all been sent once. */
  integrationId: number;
};

/**
 * Every page of a test fails it on a console error (which is also how a violated policy shows itself), and in the end on
 * whatever keeps people from using it, and on sideways scroll on a narrow screen.
 */
export const test = plain.extend<Fixtures, WorkerFixtures>({
  provoked: [undefined, { option: true }],

  watched: [
    async ({ context, provoked }, use, testInfo) => {
      const complaints = watch(context);
      await use(undefined);

      expect(complaints.filter((said) => !provoked?.test(said))).toEqual([]);
      if (testInfo.status !== testInfo.expectedStatus) return;
      for (const page of differentPages(context)) {
        await expectNoBarriers(page);
        await page.setViewportSize({ width: 320, height: 700 });
        await expectNoSidewaysScroll(page);
      }
    },
    { auto: true },
  ],

  dashboard: async ({ context, page, adminCookies }, use) => {
    await context.addCookies(adminCookies);
    await use(page);
  },

  adminCookies: [
    async ({ playwright }, use) => {
      const baseURL = process.env['GATEWAY_URL'] ?? '';
      const session = await playwright.request.newContext({ baseURL });
      const answer = await session.post('/api/auth/login', { data: admin });
      expect(answer.ok()).toBe(true);
      await use((await session.storageState()).cookies);
      await session.dispose();
    },
    { scope: 'worker' },
  ],

  api: [
    async ({ playwright }, use) => {
      const api = await adminApi(playwright);
      await use(api);
      await api.dispose();
    },
    { scope: 'worker' },
  ],

  integrationId: [
    async ({ api }, use) => use(await prepareProvider(api)),
    { scope: 'worker', timeout: 180_000 },
  ],
});
export { expect };

/** What the consoles of a browser's pages complain of. */
function watch(context: BrowserContext): string[] {
  const complaints: string[] = [];
  context.on('console', (message) => {
    if (message.type() === 'error') {
      complaints.push(`${message.text()} (${message.location().url})`);
    }
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  return complaints;
}

/** The open pages; of several with the same address one. */
function differentPages(context: BrowserContext): Page[] {
  const pages = context.pages().filter((page) => page.url().startsWith('http'));
  return [...new Map(pages.map((page) => [page.url(), page])).values()];
}

export async function signIn(context: BrowserContext, who: { email: string; password: string }) {
  const answer = await context.request.post('/api/auth/login', { data: who });
  expect(answer.ok()).toBe(true);
}

/** What would keep people from using what is shown now, or a part of it. */
export async function expectNoBarriers(page: Page, part = 'html') {
  await expectStillness(page);
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource);
  const found = await page.evaluate(async (selector) => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run(selector, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(', ')}`);
  }, part);
  expect(found).toEqual([]);
}

/** What is fading in has not its own colours yet. What turns for ever is not waited for. */
async function expectStillness(page: Page) {
  const moving = () =>
    page.evaluate(
      () =>
        document.getAnimations().filter((animation) => {
          const end = animation.effect?.getComputedTiming().endTime;
          return animation.playState === 'running' && end !== Number.POSITIVE_INFINITY;
        }).length,
    );
  await expect.poll(moving).toBe(0);
}

export async function expectNoSidewaysScroll(page: Page, part = 'html') {
  const beyond = () =>
    page
      .locator(part)
      .evaluateAll((parts) =>
        Math.max(0, ...parts.map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)),
      );
  await expect.poll(beyond).toBeLessThanOrEqual(0);
}
