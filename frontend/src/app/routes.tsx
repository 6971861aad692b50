import type { ComponentType } from 'react';
import { createBrowserRouter, type RouteObject } from 'react-router';
import { IntegrationsScreen } from '../features/integrations/IntegrationsScreen';
import { BrokenPage } from './BrokenPage';
import { NotFound } from './NotFound';
import { Shell } from './Shell';

/** A page whose program is loaded when it is first opened. */
function later(path: string, load: () => Promise<ComponentType>): RouteObject {
  return { path, errorElement: <BrokenPage />, lazy: async () => ({ Component: await load() }) };
}

/** The pages and their addresses. */
export function createRouter() {
  return createBrowserRouter([
    {
      element: <Shell />,
      errorElement: <BrokenPage />,
      hydrateFallbackElement: <></>,
      children: [
        {
          index: true,
          errorElement: <BrokenPage />,
          lazy: async () => ({
            Component: (await import('../features/home/HomeScreen')).HomeScreen,
          }),
        },
        {
          path: 'integrations',
          element: <IntegrationsScreen />,
          errorElement: <BrokenPage />,
        },
        later(
          'sync-status',
          async () => (await import('../features/sync-status/SyncStatusScreen')).SyncStatusScreen,
        ),
        later('syncs', async () => (await import('../features/syncs/SyncsScreen')).SyncsScreen),
        later('syncs/:id', async () => (await import('../features/syncs/SyncScreen')).SyncScreen),
        later(
          'webhooks',
          async () => (await import('../features/webhooks/WebhooksScreen')).WebhooksScreen,
        ),
        later(
          'dead-letters',
          async () =>
            (await import('../features/dead-letters/DeadLettersScreen')).DeadLettersScreen,
        ),
        later(
          'conflicts',
          async () => (await import('../features/conflicts/ConflictsScreen')).ConflictsScreen,
        ),
        later(
          'records',
          async () => (await import('../features/records/RecordsScreen')).RecordsScreen,
        ),
        later(
          'records/:entity/:id',
          async () => (await import('../features/records/RecordScreen')).RecordScreen,
        ),
        later(
          'mappings',
          async () => (await import('../features/mappings/MappingsScreen')).MappingsScreen,
        ),
        later(
          'schedules',
          async () => (await import('../features/schedules/SchedulesScreen')).SchedulesScreen,
        ),
        later('logs', async () => (await import('../features/logs/LogsScreen')).LogsScreen),
        later('checks', async () => (await import('../features/checks/ChecksScreen')).ChecksScreen),
        later(
          'checks/:id',
          async () => (await import('../features/checks/CheckScreen')).CheckScreen,
        ),
        later(
          'reports',
          async () => (await import('../features/reports/ReportsScreen')).ReportsScreen,
        ),
        later(
          'reports/:id',
          async () => (await import('../features/reports/ReportScreen')).ReportScreen,
        ),
        later(
          'audit-log',
          async () => (await import('../features/audit-log/AuditLogScreen')).AuditLogScreen,
        ),
        later('users', async () => (await import('../features/users/UsersScreen')).UsersScreen),
        later(
          'account',
          async () => (await import('../features/account/AccountScreen')).AccountScreen,
        ),
        later(
          'notifications',
          async () =>
            (await import('../features/notifications/NotificationsScreen')).NotificationsScreen,
        ),
        later(
          'settings',
          async () => (await import('../features/settings/SettingsScreen')).SettingsScreen,
        ),
        later('system', async () => (await import('../features/system/SystemScreen')).SystemScreen),
        { path: '*', element: <NotFound /> },
      ],
    },
  ]);
}
