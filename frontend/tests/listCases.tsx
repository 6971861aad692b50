import type { ReactNode } from 'react';
import type { Schedule, Sync } from '../src/api/generated';
import { AccountScreen } from '../src/features/account/AccountScreen';
import { AuditLogScreen } from '../src/features/audit-log/AuditLogScreen';
import { Differences } from '../src/features/checks/CheckScreen';
import { ChecksScreen } from '../src/features/checks/ChecksScreen';
import { ConflictsScreen } from '../src/features/conflicts/ConflictsScreen';
import { DeadLettersScreen } from '../src/features/dead-letters/DeadLettersScreen';
import { LogsScreen } from '../src/features/logs/LogsScreen';
import { Timeline } from '../src/features/records/RecordScreen';
import { RecordsScreen } from '../src/features/records/RecordsScreen';
import { ReportsScreen } from '../src/features/reports/ReportsScreen';
import { SchedulesScreen } from '../src/features/schedules/SchedulesScreen';
import { Ticks } from '../src/features/schedules/Ticks';
import { SyncErrors } from '../src/features/syncs/SyncErrors';
import { PlanItems } from '../src/features/syncs/SyncPlan';
import { SyncsScreen } from '../src/features/syncs/SyncsScreen';
import { UsersScreen } from '../src/features/users/UsersScreen';
import { WebhooksScreen } from '../src/features/webhooks/WebhooksScreen';
import type { geniacsService } from '../src/services/geniacsService';

const at = '2026-01-01T10:00:00Z';
const hostile = '<img src=x onerror=alert(1)>';

/** A list, the call that fills it, its place in the answer, a row, and what tells that nothing is there. */
export type ListCase = {
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

/** Every list of the dashboard. */
export const lists: Record<string, ListCase> = {
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
