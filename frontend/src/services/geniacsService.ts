import { bodyOf } from '../api/failure';
import type { ListSyncsData, LogInData, NewIntegrationBody, SyncRequest } from '../api/generated';
import {
  createIntegration,
  getMe,
  getStatistics,
  getSyncStatus,
  listIntegrations,
  listSyncs,
  logIn,
  logOut,
  testConnection,
  triggerSync,
} from '../api/generated';

export type DateRange = { from: string; to: string };

/**
 * Every call of the dashboard, one function each. They answer with the gateway's whole envelope and throw an
 * `ApiFailure` otherwise.
 */
export const geniacsService = {
  getMe: () => bodyOf(getMe()),
  logIn: (body: LogInData['body']) => bodyOf(logIn({ body })),
  logOut: () => bodyOf(logOut()),

  getIntegrations: () => bodyOf(listIntegrations({ query: { limit: 100 } })),
  createIntegration: (body: NewIntegrationBody) => bodyOf(createIntegration({ body })),
  testConnection: (id: number) => bodyOf(testConnection({ path: { id } })),

  getSyncStatistics: (integrationId: number | undefined, range: DateRange) =>
    bodyOf(getStatistics({ query: { integration_id: integrationId, ...range } })),
  triggerSync: (body: SyncRequest) => bodyOf(triggerSync({ body })),
  getSyncs: (query: ListSyncsData['query']) => bodyOf(listSyncs({ query })),
  getSyncStatus: (id: number) => bodyOf(getSyncStatus({ path: { id } })),
};
