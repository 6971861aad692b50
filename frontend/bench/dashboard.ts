// Measures the dashboard of GATEWAY_URL in a browser, as `make bench WHAT=dashboard` does: how long an interaction takes
// to be painted, and how much memory the page holds while a long list is scrolled. Writes what it found as JSON.
import { type BrowserContext, chromium, type Page } from '@playwright/test';
import config from '../playwright.config.ts';

/** How often each interaction is measured. */
const TIMES = 10;
/** Rows of the longest scroll. */
const ROWS = 100_000;
/** So many turns of the wheel without a new row, and the list has no more or does not scroll. */
const PATIENCE = 200;

type Interaction = { what: string; path: string; act: (page: Page, time: number) => Promise<void> };

const interactions: Interaction[] = [
  {
    what: 'integrations: open a dialog',
    path: '/integrations',
    act: async (page) => {
      await page.getByRole('button', { name: 'Add Integration' }).click();
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    },
  },
  { what: 'syncs: change a filter', path: '/syncs', act: changeFilter('State') },
  { what: 'syncs: next page', path: '/syncs', act: nextPage },
  { what: 'records: change a filter', path: '/records', act: changeFilter('State') },
  { what: 'records: next page', path: '/records', act: nextPage },
  {
    what: 'records: type into the search',
    path: '/records',
    act: async (page, time) => {
      await page.getByRole('search').getByRole('searchbox').focus();
      await page.keyboard.press(`Digit${time % 10}`);
    },
  },
  { what: 'logs: change a filter', path: '/logs', act: changeFilter('At least') },
  { what: 'webhooks: next page', path: '/webhooks', act: nextPage },
  { what: 'errors of a sync: next page', path: '/syncs/{sync}', act: nextPage },
  {
    what: 'menu: another page',
    path: '/',
    act: async (page, time) => {
      const links = page.getByRole('navigation').first().getByRole('link');
      await links.nth(1 + (time % 8)).click();
      await settled(page);
    },
  },
];

function changeFilter(name: string) {
  return async (page: Page, time: number) => {
    await page.getByLabel(name).focus();
    await page.keyboard.press(time % 2 === 0 ? 'ArrowDown' : 'ArrowUp');
    await settled(page);
  };
}

async function nextPage(page: Page) {
  await page.getByRole('button', { name: 'Next', exact: true }).first().click();
  await settled(page);
}

async function settled(page: Page) {
  await page
    .locator('[aria-busy=true], [data-loading=true]')
    .first()
    .waitFor({ state: 'detached' });
}

type Measured = { interactions: { what: string; milliseconds: number[] }[]; megabytes: number };

async function measure(): Promise<Measured> {
  const browser = await chromium.launch(config.use?.launchOptions);
  const context = await browser.newContext({
    baseURL: process.env['GATEWAY_URL'] ?? '',
    locale: 'en-GB',
    viewport: { width: 1280, height: 800 },
  });
  await signIn(context);

  const measured: Measured = { interactions: [], megabytes: 0 };
  for (const interaction of interactions) {
    const milliseconds = await timesToPaint(context, interaction);
    measured.interactions.push({ what: interaction.what, milliseconds });
  }
  measured.megabytes = await mostMemory(context);
  await browser.close();
  return measured;
}

async function signIn(context: BrowserContext) {
  const data = { email: process.env['ADMIN_EMAIL'], password: process.env['ADMIN_PASSWORD'] };
  const answer = await context.request.post('/api/auth/login', { data });
  if (!answer.ok()) throw new Error(`nobody can sign in: ${await answer.text()}`);
}

/** From each input to the next paint, as the browser itself measures it. What is too quick to be told counts as 16 ms. */
async function timesToPaint(context: BrowserContext, { path, act }: Interaction) {
  const page = await context.newPage();
  await page.addInitScript(notePaints);
  await page.goto(path.replace('{sync}', process.env['LARGE_SYNC'] ?? ''));
  await page.getByText('Live', { exact: true }).waitFor();
  await settled(page);

  const times: number[] = [];
  for (let time = 0; time < TIMES; time++) {
    await page.evaluate(() => (window as unknown as Noted).paints.splice(0));
    await act(page, time);
    times.push(Math.max(16, ...(await page.evaluate(paintsSoFar))));
  }
  await page.close();
  return times;
}

type Noted = { paints: number[] };

function notePaints() {
  const paints: number[] = [];
  (window as unknown as Noted).paints = paints;
  const note = (list: PerformanceObserverEntryList) => {
    for (const { duration } of list.getEntries()) paints.push(duration);
  };
  const options = { type: 'event', durationThreshold: 16 };
  new PerformanceObserver(note).observe(options as PerformanceObserverInit);
}

/** Once two frames are painted, all that was noted of the inputs before is told. */
function paintsSoFar(): Promise<number[]> {
  return new Promise((resolve) => {
    const told = () => resolve((window as unknown as Noted).paints);
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(told)));
  });
}

/** The most megabytes that the page holds while the log is scrolled: its objects, its elements and its buffers. */
async function mostMemory(context: BrowserContext): Promise<number> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  let rows = 0;
  page.on('response', async (response) => {
    if (new URL(response.url()).pathname !== '/api/geniacs/logs') return;
    const answer = await response.json().catch(() => undefined);
    rows += answer?.data?.logs?.length ?? 0;
  });
  await page.goto('/logs');
  await page.getByText('Live', { exact: true }).waitFor();

  // From the newest line up.
  await page.getByRole('feed').hover();
  let most = 0;
  for (let vain = 0; rows < ROWS && vain < PATIENCE; vain++) {
    const before = rows;
    await page.mouse.wheel(0, -20_000);
    await page.waitForTimeout(20);
    if (rows === before) continue;
    vain = 0;
    const { usedSize, embedderHeapUsedSize, backingStorageSize } =
      await session.send('Runtime.getHeapUsage');
    most = Math.max(most, usedSize + embedderHeapUsedSize + backingStorageSize);
  }
  if (rows < ROWS) throw new Error(`the log scrolled through ${rows} rows only`);
  return most / 1e6;
}

console.log(JSON.stringify(await measure()));
