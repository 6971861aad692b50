import { useTranslation } from 'react-i18next';
import type { EntityType, SyncType } from '../api/generated';

/** In the order in which records depend on each other. */
export const entityTypes = [
  'nas_servers',
  'customers',
  'subscriptions',
  'invoices',
  'payments',
  'monitoring_data',
] as const satisfies readonly EntityType[];

const syncTypes = [
  'full',
  'incremental',
  'real_time',
  'scheduled',
] as const satisfies readonly SyncType[];

/** What a kind of record is called; a kind that this page does not know keeps the gateway's name. */
export function useEntityName(): (entityType: string) => string {
  const { t } = useTranslation();
  return (entityType) => {
    const known = entityTypes.find((name) => name === entityType);
    return known ? t(`entities.${known}`) : entityType;
  };
}

export function useSyncTypeName(): (syncType: string) => string {
  const { t } = useTranslation();
  return (syncType) => {
    const known = syncTypes.find((name) => name === syncType);
    return known ? t(`syncTypes.${known}`) : syncType;
  };
}
