import type { Page } from '@playwright/test';
import { expect, expectNoSidewaysScroll, test } from './dashboard';
import { sendEvents, sql } from './provider';

/** Beyond the numbers that JavaScript keeps exactly. */
const LARGE = '9007199254740993';
const MARKUP = '<img src=x onerror="window.wasHacked=true">';
/** Markup, text that runs the other way and tries to turn what follows, and a word without a place to break it. */
const HOSTILE = `${MARKUP} \u202Eשלום \u2066${'W'.repeat(10_000)}`;

/** What others may fill with any text: names and values of records, messages, reasons. */
const TEXTS = new Set([
  ...['name', 'description', 'message', 'error_message', 'reason', 'remedy', 'geniacs_id'],
  ...['event_id', 'actor', 'address', 'user_agent', 'queue', 'customer_code', 'external_id'],
  ...['base', 'local', 'geniacs', 'here', 'there', 'before', 'after', 'old', 'new'],
]);
const NUMBERS = new Set(['amount', 'total_amount', 'price', 'balance']);

/** `isChoice`: the page shows the text only in lists of choices, which are closed. */
const pages: {
  path: string;
  shows: 'table' | 'radio' | 'article' | 'feed' | 'listitem';
  isChoice?: boolean;
}[] = [
  { path: '/syncs', shows: 'table' },
  { path: '/syncs/{partial}', shows: 'table' },
  { path: '/webhooks', shows: 'table' },
  { path: '/conflicts?state=any&id={conflict}', shows: 'radio' },
  { path: '/records', shows: 'table' },
  { path: '/records/customers/1', shows: 'table' },
  { path: '/dead-letters', shows: 'table' },
  { path: '/integrations', shows: 'article' },
  { path: '/schedules', shows: 'table' },
  { path: '/logs', shows: 'feed' },
  { path: '/audit-log', shows: 'table' },
  { path: '/users', shows: 'table' },
  { path: '/account', shows: 'table' },
  { path: '/', shows: 'listitem' },
  { path: '/mappings', shows: 'table', isChoice: true },
  { path: '/notifications', shows: 'table' },
  { path: '/system', shows: 'table' },
];

test('text of others is shown as text on every list, and moves nothing out of the page', async ({
  dashboard,
  api,
  integrationId,
}) => {
  test.slow();
  await sendEvents(api, integrationId, { invoices: 1 });
  sql(`INSERT INTO dead_letters (message_key, queue, reason, message_type, content_type, state, integration_id)
       VALUES ('hostile', 'work', 'rejected', 'unknown', 'text/plain', 'unreadable', ${integrationId})`);
  const rule = {
    name: 'Hostile',
    causes: ['sync_failed'],
    url: 'https://hooks.example.com/geniacs',
  };
  await api.post('/api/geniacs/notification-rules', {
    data: { ...rule, channel: 'webhook', is_active: false },
  });
  const partial = sql(`SELECT max(id) FROM geniacs_data_sync WHERE status = 'partial'`);
  const conflict = sql('SELECT max(id) FROM conflicts');
  await poison(dashboard);

  for (const { path, shows, isChoice = false } of pages) {
    // Run by itself, this file has no conflict to show.
    if (path.includes('{conflict}') && conflict === '') continue;
    const at = path.replace('{partial}', partial).replace('{conflict}', conflict);
    await dashboard.goto(`${at}${at.includes('?') ? '&' : '?'}integration=${integrationId}`);
    await expect(dashboard.getByRole(shows).first(), path).toBeVisible();
    await expect(dashboard.locator('[aria-busy=true]'), path).toHaveCount(0);
    await expectHarmless(dashboard, isChoice);
    await dashboard.setViewportSize({ width: 320, height: 700 });
    await expectNoSidewaysScroll(dashboard);
    await dashboard.setViewportSize({ width: 1280, height: 800 });
  }
});

test('a number that JavaScript would round keeps its digits', async ({
  dashboard,
  integrationId,
}) => {
  await poison(dashboard);
  await dashboard.goto(`/records?entity=payments&integration=${integrationId}`);
  const grouped = new Intl.NumberFormat('en').format(BigInt(LARGE));
  await expect(dashboard.getByRole('table').getByText(grouped).first()).toBeVisible();
});

/** Every answer of a list says what a hostile partner could make it say. */
async function poison(page: Page) {
  await page.route('**/api/**', async (route) => {
    const request = route.request();
    if (request.method() !== 'GET' || /\/events\/stream|\/auth\//.test(request.url())) {
      return route.continue();
    }
    const response = await route.fetch();
    const body = JSON.stringify(await response.json(), (key, value) => {
      if (typeof value === 'string' && TEXTS.has(key)) return HOSTILE;
      return NUMBERS.has(key) && value !== null ? '@large@' : value;
    });
    await route.fulfill({ response, body: body.replaceAll('"@large@"', LARGE) });
  });
}

async function expectHarmless(page: Page, isChoice: boolean) {
  const text = page.locator('main').getByText(MARKUP).first();
  if (isChoice) await expect(text).toBeAttached();
  else await expect(text).toBeVisible();
  await expect(page.locator('main img')).toHaveCount(0);
  expect(await page.evaluate(() => 'wasHacked' in window)).toBe(false);
  await expectNoSidewaysScroll(page);
}
