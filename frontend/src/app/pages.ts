import {
  IconAdjustments,
  IconAlertTriangle,
  IconArrowsDiff,
  IconArrowsExchange,
  IconBell,
  IconCalendarTime,
  IconChartBar,
  IconDatabase,
  IconFileAnalytics,
  IconHistory,
  IconHome,
  IconListCheck,
  IconListDetails,
  IconMailOff,
  IconPlugConnected,
  IconRefresh,
  IconServer,
  IconUserCircle,
  IconUsers,
  IconWebhook,
} from '@tabler/icons-react';
import type { Role } from '../api/generated';

/** What a page's badge counts. */
type Count = 'open_conflicts' | 'failed_syncs' | 'events_set_aside' | 'dead_letters';

type PageLink = {
  path: string;
  words: `app.${
    | 'home'
    | 'integrations'
    | 'syncStatus'
    | 'syncs'
    | 'webhooks'
    | 'deadLetters'
    | 'records'
    | 'conflicts'
    | 'mappings'
    | 'schedules'
    | 'checks'
    | 'logs'
    | 'reports'
    | 'auditLog'
    | 'users'
    | 'account'
    | 'notifications'
    | 'settings'
    | 'system'}`;
  Icon: typeof IconHome;
  role?: Role;
  count?: Count;
};

type PageGroup = {
  words?: `app.groups.${'watch' | 'setUp' | 'lookBack' | 'administer'}`;
  pages: PageLink[];
};

/** The menu, in its order. */
export const pageGroups: PageGroup[] = [
  { pages: [{ path: '/', words: 'app.home', Icon: IconHome }] },
  {
    words: 'app.groups.watch',
    pages: [
      { path: '/sync-status', words: 'app.syncStatus', Icon: IconChartBar },
      { path: '/syncs', words: 'app.syncs', Icon: IconRefresh, count: 'failed_syncs' },
      { path: '/webhooks', words: 'app.webhooks', Icon: IconWebhook, count: 'events_set_aside' },
      { path: '/conflicts', words: 'app.conflicts', Icon: IconArrowsDiff, count: 'open_conflicts' },
      { path: '/records', words: 'app.records', Icon: IconDatabase },
      { path: '/dead-letters', words: 'app.deadLetters', Icon: IconMailOff, count: 'dead_letters' },
    ],
  },
  {
    words: 'app.groups.setUp',
    pages: [
      { path: '/integrations', words: 'app.integrations', Icon: IconPlugConnected },
      { path: '/mappings', words: 'app.mappings', Icon: IconArrowsExchange },
      { path: '/schedules', words: 'app.schedules', Icon: IconCalendarTime },
    ],
  },
  {
    words: 'app.groups.lookBack',
    pages: [
      { path: '/logs', words: 'app.logs', Icon: IconListDetails },
      { path: '/checks', words: 'app.checks', Icon: IconListCheck },
      { path: '/reports', words: 'app.reports', Icon: IconFileAnalytics },
      { path: '/audit-log', words: 'app.auditLog', Icon: IconHistory, role: 'admin' },
    ],
  },
  {
    words: 'app.groups.administer',
    pages: [
      { path: '/users', words: 'app.users', Icon: IconUsers, role: 'admin' },
      { path: '/account', words: 'app.account', Icon: IconUserCircle },
      { path: '/notifications', words: 'app.notifications', Icon: IconBell, role: 'admin' },
      { path: '/settings', words: 'app.settings', Icon: IconAdjustments },
      { path: '/system', words: 'app.system', Icon: IconServer },
    ],
  },
];

/** Shown where a page has failed. */
export const BrokenIcon = IconAlertTriangle;
