import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactNode } from 'react';
import { beforeEach, describe, expect, type Mock, test, vi } from 'vitest';
import { failure, integration, listed } from '../../tests/answers';
import { expectNoBarriers } from '../../tests/axe';
import { show } from '../../tests/show';
import type { Schedule, Sync } from '../api/generated';
import { geniacsService } from '../services/geniacsService';
import { AccountScreen } from './account/AccountScreen';
import { AuditLogScreen } from './audit-log/AuditLogScreen';
import { Differences } from './checks/CheckScreen';
import { ChecksScreen } from './checks/ChecksScreen';
import { ConflictsScreen } from './conflicts/ConflictsScreen';
import { DeadLettersScreen } from './dead-letters/DeadLettersScreen';
import { LogsScreen } from './logs/LogsScreen';
import { Timeline } from './records/RecordScreen';
import { RecordsScreen } from './records/RecordsScreen';
import { ReportsScreen } from './reports/ReportsScreen';
import { SchedulesScreen } from './schedules/SchedulesScreen';
import { Ticks } from './schedules/Ticks';
import { SyncErrors } from './syncs/SyncErrors';
import { PlanItems } from './syncs/SyncPlan';
import { SyncsScreen } from './syncs/SyncsScreen';
import { UsersScreen } from './users/UsersScreen';
import { WebhooksScreen } from './webhooks/WebhooksScreen';

vi.mock('../services/geniacsService');
const service = vi.mocked(geniacsService);

const at = '2026-01-01T10:00:00Z';
const hostile = '<img src=x onerror=alert(1)>';

/** A list, the call that fills it, its place in the answer, a row, and what tells that nothing is there. */
type ListCase = {
  page: ReactNode;
  call: keyof typeof geniacsService;
  plural: string;
  row: Record<string, unknown>;
  shown: string | RegExp;
  empty: string;
  /** A filter, where it has any. */
  filter?: string;
  /** It comes as a whole, or is one long page. */
  isShort?: boolean;
};

const sync = {
  id: 7,
  integration_id: 1,
  entity_type: 'customers',
  progress: { failed_records: 0 },
} as Sync;

const lists: Record<string, ListCase> = {
  syncs: {
    page: <SyncsScreen />,
    call: 'getSyncs',
    plural: 'syncs',
    row: {
      id: 12,
      entity_type: 'customers',
      sync_type: 'full',
      sync_direction: 'to_geniacs',
      status: 'partial',
      duration_seconds: 4,
      started_at: at,
      created_at: at,
      progress: {
        total_records: 10,
        processed_records: 10,
        successful_records: 7,
        failed_records: 3,
        percentage: 100,
      },
    },
    shown: 'To Geniacs · Full',
    empty: 'No sync has run yet.',
    filter: 'status=failed',
  },
  'webhook events': {
    page: <WebhooksScreen />,
    call: 'getWebhookEvents',
    plural: 'webhook_events',
    row: {
      id: 12,
      event_type: 'customer.updated',
      geniacs_id: hostile,
      state: 'failed',
      outcome: null,
      error_message: 'no such customer',
      processing_attempts: 3,
      created_at: at,
    },
    shown: hostile,
    empty: 'Geniacs has sent nothing yet.',
    filter: 'state=failed',
  },
  'dead letters': {
    page: <DeadLettersScreen />,
    call: 'getDeadLetters',
    plural: 'dead_letters',
    row: {
      id: 12,
      message_type: 'webhook.received',
      queue: 'webhooks',
      reason: 'rejected',
      state: 'set_aside',
      webhook_event_id: 4,
      can_requeue: true,
      created_at: at,
    },
    shown: 'webhook.received',
    empty: 'There are none.',
    filter: 'state=dropped',
  },
  conflicts: {
    page: <ConflictsScreen />,
    call: 'getConflicts',
    plural: 'conflicts',
    row: {
      id: 12,
      entity_type: 'customers',
      local_id: 99,
      fields: [{ field: 'phone' }],
      state: 'open',
      created_at: at,
    },
    shown: 'Customers 99',
    empty: 'No conflict waits for a decision.',
    filter: 'entity_type=invoices',
  },
  records: {
    page: <RecordsScreen />,
    call: 'getRecords',
    plural: 'records',
    row: {
      id: 12,
      geniacs_id: 'cust_1',
      record: { name: hostile, email: 'a@example.com' },
      state: 'differs',
      last_synced_at: at,
    },
    shown: hostile,
    empty: 'There is no such record here.',
    filter: 'q=nobody',
  },
  schedules: {
    isShort: true,
    page: <SchedulesScreen />,
    call: 'getSchedules',
    plural: 'schedules',
    row: {
      id: 12,
      name: 'Nightly',
      entity_type: 'customers',
      sync_type: 'full',
      configuration: {},
      cron_expression: '0 2 * * *',
      time_zone: 'Asia/Jakarta',
      is_active: true,
      next_run_at: at,
      last_run_at: null,
    },
    shown: 'At 02:00',
    empty: 'There is no schedule.',
  },
  logs: {
    isShort: true,
    page: <LogsScreen />,
    call: 'getLogs',
    plural: 'logs',
    row: {
      id: 12,
      message: hostile,
      log_level: 'error',
      created_at: at,
      status_code: 500,
      duration_ms: 20,
      context: null,
      request_data: { a: 1 },
      response_data: null,
    },
    shown: hostile,
    empty: 'Nothing has been noted.',
    filter: 'lowest_level=error',
  },
  'consistency checks': {
    page: <ChecksScreen />,
    call: 'getChecks',
    plural: 'consistency_checks',
    row: {
      id: 12,
      integration_id: 1,
      entity_type: 'invoices',
      status: 'success',
      started_at: at,
      completed_at: at,
      repair: null,
      error_type: null,
      error_message: null,
    },
    shown: 'Succeeded',
    empty: 'No check has run yet.',
    filter: 'entity_type=customers',
  },
  reports: {
    page: <ReportsScreen />,
    call: 'getReports',
    plural: 'reports',
    row: { id: 12, period_start: at, period_end: at, created_at: at },
    shown: /–/,
    empty: 'There is no report yet.',
  },
  'audit entries': {
    page: <AuditLogScreen />,
    call: 'getAuditLog',
    plural: 'audit_log',
    row: {
      id: 12,
      actor: 'ani@example.com',
      address: null,
      action: 'sync.triggered',
      subject_type: 'sync',
      subject_id: 4,
      before: null,
      after: { id: 4 },
      created_at: at,
      request_id: 'request-1',
    },
    shown: 'sync.triggered',
    empty: 'Nothing has been changed yet.',
    filter: 'action=nothing',
  },
  users: {
    isShort: true,
    page: <UsersScreen />,
    call: 'getUsers',
    plural: 'users',
    row: {
      id: 12,
      name: hostile,
      email: 'b@example.com',
      role: 'operator',
      is_active: true,
      created_at: at,
    },
    shown: hostile,
    empty: 'There is no user.',
  },
  'failed records of a sync': {
    page: <SyncErrors sync={sync} />,
    call: 'getSyncErrors',
    plural: 'errors',
    row: {
      record_id: 12,
      geniacs_id: null,
      error_type: 'validation_error',
      field: 'email',
      error_message: hostile,
      failed_at: at,
    },
    shown: hostile,
    empty: 'No record has failed.',
    filter: 'q=nobody',
  },
  'planned records': {
    page: <PlanItems sync={sync} />,
    call: 'getSyncPlan',
    plural: 'preview.items',
    row: {
      record_id: 12,
      geniacs_id: null,
      direction: 'to_geniacs',
      action: 'update',
      reason: null,
      changes: [{ field: 'name', old: hostile, new: 'Siti' }],
    },
    shown: hostile,
    empty: 'Nothing would change.',
    filter: 'action=delete',
  },
  'ticks of a schedule': {
    page: <Ticks schedule={{ id: 3, name: 'Nightly' } as Schedule} />,
    call: 'getScheduleTicks',
    plural: 'ticks',
    row: {
      scheduled_for: at,
      outcome: 'skipped',
      reason: hostile,
      sync_id: null,
      sync_status: null,
    },
    shown: hostile,
    empty: 'It has not ticked yet.',
  },
  'differences of a check': {
    page: <Differences id={4} entityType="customers" integrationId={1} />,
    call: 'getCheck',
    plural: 'consistency_check.differences',
    row: {
      record_id: 12,
      geniacs_id: 'cust_1',
      kind: 'differs',
      reason: null,
      fields: [{ field: 'name', here: hostile, there: 'Siti' }],
    },
    shown: hostile,
    empty: 'Both sides are equal.',
    filter: 'kind=failed',
  },
  'what happened to a record': {
    page: <Timeline entityType="customers" id={12} integrationId={1} />,
    call: 'getTimeline',
    plural: 'timeline',
    row: {
      id: 'entry-1',
      at,
      action: 'updated',
      reason: null,
      direction: 'to_geniacs',
      cause: { kind: 'sync', sync_id: 4 },
      changes: { name: hostile },
    },
    shown: hostile,
    empty: 'Nothing has happened to it yet.',
  },
  tokens: {
    isShort: true,
    page: <AccountScreen />,
    call: 'getTokens',
    plural: 'tokens',
    row: {
      id: 12,
      name: 'export',
      role: 'viewer',
      created_at: at,
      last_used_at: null,
      expires_at: null,
    },
    shown: 'export',
    empty: 'There is no token.',
  },
};

const answered = ({ plural }: ListCase, rows: unknown[], next: string | null = null) => {
  const [whole = '', part] = plural.split('.');
  const found = part ? { totals: {}, status: 'partial', [part]: rows } : rows;
  const data = { [whole]: found, next_cursor: next, prev_cursor: null };
  return { success: true, data } as never;
};

beforeEach(() => {
  vi.clearAllMocks();
  history.replaceState(null, '', '/');
  service.getIntegrations.mockResolvedValue(listed(integration()));
});

describe.each(Object.entries(lists))('the list of %s', (_, list) => {
  const call = () => service[list.call] as unknown as Mock;

  test('shows that it is loading', async () => {
    call().mockReturnValue(new Promise(() => {}) as never);
    show(list.page);
    expect(await screen.findByLabelText('Loading…')).toBeInTheDocument();
  });

  test('says why nothing is there', async () => {
    call().mockResolvedValue(answered(list, []));
    show(list.page);
    expect(await screen.findByText(list.empty)).toBeInTheDocument();
    await expectNoBarriers();
  });

  test('tells a filter that nothing matches from having nothing', async () => {
    if (!list.filter) return;
    history.replaceState(null, '', `/?${list.filter}`);
    call().mockResolvedValue(answered(list, []));
    show(list.page);

    expect(await screen.findByText('Nothing matches these filters.')).toBeInTheDocument();
    const [clear] = screen.getAllByRole('button', { name: 'Clear the filters' });
    if (clear) await userEvent.click(clear);
    expect(location.search).toBe('');
    expect(await screen.findByText(list.empty)).toBeInTheDocument();
  });

  test('says why it failed, with what to quote, and tries again', async () => {
    call().mockRejectedValueOnce(failure(503, 'database_unavailable'));
    call().mockResolvedValue(answered(list, [list.row]));
    show(list.page);

    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('The database does not answer at the moment.');
    expect(alert).toHaveTextContent('request-7');
    await userEvent.click(within(alert).getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(screen.queryByRole('alert')).not.toBeInTheDocument());
    expect((await screen.findAllByText(list.shown)).length).toBeGreaterThan(0);
  });

  test('shows what there is, as text, without barriers', async () => {
    call().mockResolvedValue(answered(list, [list.row]));
    const { container } = show(list.page);

    expect((await screen.findAllByText(list.shown)).length).toBeGreaterThan(0);
    expect(container.querySelector('img')).toBeNull();
    await expectNoBarriers();
  });

  test('goes on where it is longer than a page', async () => {
    if (list.isShort) return;
    call().mockResolvedValue(answered(list, [list.row], 'further'));
    show(list.page);
    await userEvent.click(await screen.findByRole('button', { name: 'Next' }));
    const asked = call()
      .mock.calls.flat()
      .some((query) => query?.after === 'further');
    expect(asked).toBe(true);
    expect(await screen.findByRole('button', { name: 'First page' })).toBeEnabled();
  });

  test('keeps what was there, with its date, when it cannot be loaded anew', async () => {
    if (list.isShort) return;
    call().mockResolvedValueOnce(answered(list, [list.row]));
    call().mockRejectedValue(failure(503, 'database_unavailable'));
    show(list.page);
    expect((await screen.findAllByText(list.shown)).length).toBeGreaterThan(0);

    await userEvent.click(screen.getByRole('button', { name: 'Load anew' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('What is shown was fetched at');
    expect(screen.getAllByText(list.shown).length).toBeGreaterThan(0);
  });
});

describe('rows that were chosen', () => {
  const list = lists['webhook events'] as ListCase;

  test('stand in the address, and are chosen again by it', async () => {
    service.getWebhookEvents.mockResolvedValue(answered(list, [list.row]));
    const { unmount } = show(list.page);
    await userEvent.click(await screen.findByLabelText('Select row 12'));
    expect(location.search).toBe('?selected=12');
    unmount();

    show(list.page);
    expect(await screen.findByLabelText('Select row 12')).toBeChecked();
    expect(screen.getByText('1 selected')).toBeInTheDocument();
  });

  test('are no filter', async () => {
    history.replaceState(null, '', '/?selected=12');
    service.getWebhookEvents.mockResolvedValue(answered(list, []));
    show(list.page);
    expect(await screen.findByText(list.empty)).toBeInTheDocument();
  });
});
