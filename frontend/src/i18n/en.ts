import { en as app } from '../app/words.ts';
import { en as account } from '../features/account/words.ts';
import { en as auditLog } from '../features/audit-log/words.ts';
import { en as checks } from '../features/checks/words.ts';
import { en as conflicts } from '../features/conflicts/words.ts';
import { en as deadLetters } from '../features/dead-letters/words.ts';
import { en as home } from '../features/home/words.ts';
import { en as logs } from '../features/logs/words.ts';
import { en as mappings } from '../features/mappings/words.ts';
import { en as records } from '../features/records/words.ts';
import { en as reports } from '../features/reports/words.ts';
import { en as schedules } from '../features/schedules/words.ts';
import { en as settings } from '../features/settings/words.ts';
import { en as syncs } from '../features/syncs/words.ts';
import { en as system } from '../features/system/words.ts';
import { en as users } from '../features/users/words.ts';
import { en as webhooks } from '../features/webhooks/words.ts';
import { en as shared } from '../shared/words.ts';
import { en as names } from './names.ts';
import type { WordsOf } from './wordsOf.ts';

/** The English words. `id.ts` has the same keys, which the compiler checks. */
export const en = {
  app,
  common: {
    cancel: 'Cancel',
    close: 'Close',
    never: 'Never',
    retry: 'Try again',
    copy: 'Copy',
    copied: 'Copied',
    copyRequestId: 'Copy request id',
    failed: 'This could not be loaded',
    stale: 'What is shown was fetched at',
    retryIn: 'Try again in {{seconds}} s',
  },
  failure: {
    unreachable: 'The gateway does not answer. Check the connection, then try again.',
    not_understood:
      'The gateway gave an answer that this page does not understand. Reload the page.',
    unauthenticated: 'Your session has ended. Sign in again.',
    forbidden: 'Your role may not do this.',
    rate_limited: 'Too many requests at once. Wait a moment.',
    too_many_attempts: 'Too many attempts. Wait before the next one.',
    database_unavailable: 'The database does not answer at the moment. Nothing was changed.',
    validation_failed: 'Some fields need to be corrected.',
    invalid_credentials: 'The e-mail address or the password is wrong.',
    internal_error: 'Something went wrong on the server. It has been logged.',
  },
  signIn: {
    title: 'Sign in',
    email: 'E-mail address',
    password: 'Password',
    submit: 'Sign in',
    required: 'Needed',
    firstUser:
      'No account yet? The operator makes the first administrator on the server: geniacsctl user create --email you@example.com --name You --role admin',
  },
  integrations: {
    title: 'Geniacs Integration',
    add: 'Add Integration',
    loading: 'Loading integrations…',
    empty: 'No partner is connected yet.',
    emptyHint: 'Add an integration with the address and the credentials that Geniacs gave you.',
    active: 'Active',
    inactive: 'Inactive',
    syncEnabled: 'Sync Enabled',
    syncDisabled: 'Sync Disabled',
    health: {
      paused: 'Paused: {{reason}}',
      pausedUntil: 'Paused until {{at}}: {{reason}}',
      noReason: 'no reason was told',
    },
    apiVersion: 'API Version:',
    lastSync: 'Last Sync:',
    lastWebhook: 'Last Webhook:',
    syncs: {
      title: 'Sync Status',
      total: 'Total:',
      successful: 'Success:',
      failed: 'Failed:',
      pending: 'Pending:',
    },
    test: 'Test Connection',
    configure: 'Configure',
    form: {
      title: 'Create Geniacs Integration',
      name: 'Integration Name',
      description: 'Description',
      endpointUrl: 'Endpoint URL',
      apiKey: 'API Key',
      apiSecret: 'API Secret',
      webhookUrl: 'Webhook URL',
      webhookSecret: 'Webhook Secret',
      webhookSecretHint: 'Left empty, a secret is made and shown once.',
      isActive: 'Active integration',
      syncEnabled: 'Enable Sync',
      submit: 'Create Integration',
      submitting: 'Creating…',
      nameRequired: 'Name is required',
      endpointUrlRequired: 'Endpoint URL is required',
      endpointUrlWrong: 'Give a whole address, such as https://api.geniacs.com/v1',
      apiKeyRequired: 'API Key is required',
      apiSecretRequired: 'API Secret is required',
      webhookUrlWrong: 'Give a whole address, or leave it empty',
    },
    made: {
      title: 'Integration created',
      secret: 'Webhook secret, shown this once',
      secretHint: 'Enter it at Geniacs, together with the webhook address of this system.',
      done: 'I have stored it',
    },
    tested: {
      title: 'Result of the test',
      success: 'Geniacs answers and takes the credentials.',
      failed: 'The test failed.',
      latency: 'Answered in',
      milliseconds: '{{number}} ms',
      apiVersion: 'API version',
      authentication: 'Credentials',
      authentications: { valid: 'accepted', invalid: 'refused', unknown: 'not checked' },
      remaining: 'Requests left',
      reset: 'Limit renewed',
      endpoints: 'Endpoints',
      statusCode: 'Status',
      testedAt: 'Tested',
      remedy: {
        invalid: 'Check the API key and secret, then rotate the credentials here.',
        unknown: 'Check the endpoint URL, and whether Geniacs can be reached from this server.',
      },
    },
    details: {
      title: 'Integration {{name}}',
      endpointUrl: 'Endpoint URL',
      webhookUrl: 'Webhook URL',
      timeout: 'Timeout of a request',
      seconds: '{{number}} s',
      attempts: 'Attempts of a part of a sync',
      schedules: 'Schedules',
      schedulesOn: 'tick',
      schedulesOff: 'are off',
      conflictPolicy: 'Conflicts are settled by',
      conflictPolicies: {
        newest: 'the newest value',
        local: 'the value here',
        geniacs: 'the value at Geniacs',
        manual: 'a person',
      },
      created: 'Created',
    },
  },
  syncStatus: {
    title: 'Sync Status',
    integration: 'Integration',
    allIntegrations: 'All Integrations',
    from: 'From',
    to: 'To',
    loading: 'Loading statistics…',
    totalSyncs: 'Total Syncs',
    successful: 'Successful',
    failed: 'Failed',
    successRate: 'Success Rate',
    trigger: 'Trigger Manual Sync',
    triggerHint: 'Choose an integration first.',
    triggerWhat: 'Sends what has changed here since the last sync to Geniacs.',
    sync: 'Sync {{entity}}',
    triggered: 'Sync {{id}} of {{entity}} is accepted.',
    byEntityType: 'By Entity Type',
    bySyncType: 'By Sync Type',
    none: 'No sync in these days.',
    working: 'Active',
    healthy: 'Healthy',
    issues: 'Issues',
    total: 'Total: {{number}}',
    success: 'Success: {{number}}',
    failedCount: 'Failed: {{number}}',
    performance: 'Performance Metrics',
    averageDuration: 'Average Duration',
    perSync: 'Per sync operation',
    overall: 'Overall success rate',
    seconds: '{{number}}s',
  },
  entities: {
    customers: 'customers',
    subscriptions: 'subscriptions',
    payments: 'payments',
    monitoring_data: 'monitoring data',
    invoices: 'invoices',
    nas_servers: 'NAS servers',
  },
  syncs,
  logs,
  webhooks,
  deadLetters,
  records,
  conflicts,
  schedules,
  checks,
  reports,
  auditLog,
  users,
  account,
  settings,
  system,
  home,
  mappings,
  names,
  shared,
  syncTypes: {
    full: 'Full',
    incremental: 'Incremental',
    real_time: 'Real time',
    scheduled: 'Scheduled',
  },
} as const;

export type Words = WordsOf<typeof en>;
