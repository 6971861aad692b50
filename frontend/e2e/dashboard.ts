import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  type APIRequestContext,
  type BrowserContext,
  expect,
  type Page,
  test as plain,
} from '@playwright/test';

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);

export const admin = {
  email: process.env['ADMIN_EMAIL'] ?? '',
  password: process.env['ADMIN_PASSWORD'] ?? '',
};
export const integrationId = Number(process.env['INTEGRATION_ID']);

type Fixtures = {
  /** What the browser may complain of in this test, because the test provokes it. */
  provoked: RegExp[];
  /** A page of somebody who is signed in as an administrator. */
  dashboard: Page;
  /** The API, as the administrator. */
  api: APIRequestContext;
};

/** Every page of a test fails it on a console error, which is also how a violated policy shows itself. */
export const test = plain.extend<Fixtures>({
  provoked: [[], { option: true }],
  dashboard: async ({ context, page, provoked }, use) => {
    const complaints = watch(page);
    await signIn(context, admin);
    await use(page);
    expect(complaints.filter((said) => !provoked.some((words) => words.test(said)))).toEqual([]);
  },
  api: async ({ playwright, baseURL }, use) => {
    const api = await playwright.request.newContext({
      ...(baseURL ? { baseURL } : {}),
      extraHTTPHeaders: { Authorization: `Bearer ${process.env['ADMIN_TOKEN']}` },
    });
    await use(api);
    await api.dispose();
  },
});
export { expect };

/** What a page's console complains of. */
export function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}

export async function signIn(context: BrowserContext, who: { email: string; password: string }) {
  const answer = await context.request.post('/api/auth/login', { data: who });
  expect(answer.ok()).toBe(true);
}

/** What would keep people from using what is shown now. */
export async function expectNoBarriers(page: Page) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(', ')}`);
  });
  expect(found).toEqual([]);
}

export async function expectNoSidewaysScroll(page: Page) {
  const beyond = () =>
    page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
  await expect.poll(beyond).toBeLessThanOrEqual(0);
}
