// What tests do to the system behind the dashboard's back: through the API, in the provider's database, at the partner.
import { execFileSync } from 'node:child_process';
import { type APIRequestContext, expect, type PlaywrightWorkerArgs } from '@playwright/test';

/** The name of the integration with the simulator. */
export const PARTNER = 'Geniacs';

/** What others refer to comes first. */
const entities = [
  'nas_servers',
  'customers',
  'subscriptions',
  'invoices',
  'payments',
  'monitoring_data',
];

/** What the partner expects to be given. */
export const credentials = {
  endpoint_url: `${process.env['SIMULATOR_URL']}/v1`,
  api_key: process.env['SIMULATOR_API_KEY'] ?? '',
  api_secret: process.env['SIMULATOR_API_SECRET'] ?? '',
};

type Sync = {
  id: number;
  status: string;
  progress: { failed_records: number; processed_records: number };
};

/** The API, as the administrator. */
export function adminApi(playwright: PlaywrightWorkerArgs['playwright']) {
  return playwright.request.newContext({
    baseURL: process.env['GATEWAY_URL'] ?? '',
    extraHTTPHeaders: { Authorization: `Bearer ${process.env['ADMIN_TOKEN']}` },
  });
}

/** The integration with the simulator: that of the first run, or one made here. All records are sent once. */
export async function prepareProvider(api: APIRequestContext): Promise<number> {
  const { integrations } = await ask(api, '/api/geniacs/integrations?limit=100');
  const found = integrations.find(({ name }: { name: string }) => name === PARTNER);
  const id: number = found?.id ?? (await connect(api));
  // Nothing starts by itself while tests look at what they started.
  await configure(api, id, { auto_sync: false });

  for (const entity_type of entities) {
    const query = `integration_id=${id}&entity_type=${entity_type}&kind=sync&status=partial,success`;
    const { syncs } = await ask(api, `/api/geniacs/syncs?${query}&limit=1`);
    if (syncs.length === 0) await runSync(api, { integration_id: id, entity_type });
  }
  return id;
}

async function connect(api: APIRequestContext): Promise<number> {
  const body = { name: PARTNER, ...credentials, configuration: { auto_sync: false } };
  const { integration } = await tell(api, '/api/geniacs/integrations', body);
  return integration.id;
}

/** Changes settings of an integration and leaves the others. */
export async function configure(api: APIRequestContext, id: number, settings: object) {
  const { integration } = await ask(api, `/api/geniacs/integrations/${id}`);
  const configuration = { ...integration.configuration, ...settings };
  const path = `/api/geniacs/integrations/${id}`;
  const answer = await api.patch(path, { data: { configuration } });
  expect(answer.ok(), await answer.text()).toBe(true);
}

// biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect of it
type Data = any;

export async function ask(api: APIRequestContext, path: string): Promise<Data> {
  const answer = await api.get(path);
  expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
  return (await answer.json()).data;
}

export async function tell(api: APIRequestContext, path: string, body?: object): Promise<Data> {
  const answer = await api.post(path, body ? { data: body } : {});
  expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
  return (await answer.json()).data;
}

/** Starts a sync, of everything to Geniacs unless told. */
export async function startSync(api: APIRequestContext, request: object): Promise<number> {
  const body = { sync_type: 'full', sync_direction: 'to_geniacs', ...request };
  const { sync } = await tell(api, '/api/geniacs/sync/trigger', body);
  return sync.id;
}

/** Runs a sync to its end. */
export async function runSync(api: APIRequestContext, request: object): Promise<Sync> {
  return ended(api, await startSync(api, request));
}

/** The sync, once it has ended. */
export async function ended(api: APIRequestContext, id: number): Promise<Sync> {
  let sync: Sync | undefined;
  const status = async () => {
    sync = (await ask(api, `/api/geniacs/sync/${id}/status`)).sync as Sync;
    return sync.status;
  };
  await expect.poll(status, { timeout: 60_000 }).not.toMatch(/pending|processing/);
  return sync as Sync;
}

/** A statement in the provider's database; its only column of its rows, one a line. */
export function sql(statement: string): string {
  const url = process.env['DATABASE_URL'] ?? '';
  return execFileSync('psql', [url, '-qAtc', statement], { encoding: 'utf8' }).trim();
}

/** Changes every customer here, so that the next sync sends them all. */
export function changeAllCustomers() {
  sql(`UPDATE customers SET name = left(name, 200) || '.'`);
}

/** The simulator's own interface: how the partner behaves, and what it has. */
export async function partner(
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
): Promise<Data> {
  const answer = await fetch(`${process.env['SIMULATOR_URL']}/admin/${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  expect(answer.ok, `${path}: ${text}`).toBe(true);
  return JSON.parse(text);
}

/** From the next request but so many on, the partner's answers wait. */
export const holdAnswersAfter = (requests: number) =>
  partner('POST', 'faults', { hold_after: requests });

export const releaseAnswers = () => partner('POST', 'faults', { hold_after: null });

/** Changes so many records at the partner, which sends an event about each; they are applied when this returns. */
export async function sendEvents(
  api: APIRequestContext,
  integrationId: number,
  counts: Record<string, number>,
) {
  const path = `/api/geniacs/integrations/${integrationId}/rotate-webhook-secret`;
  const secret = (await tell(api, path)).integration.webhook_secret;
  const url = `${process.env['INGEST_URL']}/api/geniacs/webhook/${integrationId}`;
  for (const [entity, count] of Object.entries(counts)) {
    await partner('POST', 'webhooks', { url, secret, entity, count, kind: 'updated' });
  }
  await expect.poll(() => received(api, integrationId)).toBe(0);
}

async function received(api: APIRequestContext, integrationId: number): Promise<number> {
  const query = `integration_id=${integrationId}&state=received&limit=100`;
  return (await ask(api, `/api/geniacs/webhook-events?${query}`)).webhook_events.length;
}
