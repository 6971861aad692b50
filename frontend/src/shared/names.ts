import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { EntityType, SyncType } from '../api/generated';
import { wordsBehind } from '../i18n';
import type { en } from '../i18n/en';

/** In the order in which records depend on each other. */
export const entityTypes = [
  'nas_servers',
  'customers',
  'subscriptions',
  'invoices',
  'payments',
  'monitoring_data',
] as const satisfies readonly EntityType[];

export const syncTypes = [
  'full',
  'incremental',
  'real_time',
  'scheduled',
] as const satisfies readonly SyncType[];

type Group = keyof typeof en.names;

/** The words for the names of one group; a name that this page does not know is shown as the gateway spells it. */
export function useNames(group: Group): (name: string) => string {
  const { t } = useTranslation();
  return useCallback(
    (name) => (hasName(group, name) ? t(`names.${group}.${name}` as 'names.statuses.open') : name),
    [t, group],
  );
}

/** Whether there are words for a name. */
export function hasName(group: Group, name: string): boolean {
  return wordsBehind(`names.${group}.${name}`) !== undefined;
}

/** What a kind of record is called. */
export function useEntityName(): (entityType: string) => string {
  const { t } = useTranslation();
  return (entityType) => {
    const known = entityTypes.find((name) => name === entityType);
    return known ? t(`entities.${known}`) : entityType;
  };
}

/** The same where it stands alone: with a capital. */
export function useEntityTitle(): (entityType: string) => string {
  const name = useEntityName();
  return (entityType) => {
    const words = name(entityType);
    return words.charAt(0).toLocaleUpperCase() + words.slice(1);
  };
}

export function useSyncTypeName(): (syncType: string) => string {
  const { t } = useTranslation();
  return (syncType) => {
    const known = syncTypes.find((name) => name === syncType);
    return known ? t(`syncTypes.${known}`) : syncType;
  };
}
