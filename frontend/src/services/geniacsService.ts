import { bodyOf, csvOf, taggedBodyOf } from '../api/failure';
import * as api from '../api/generated';
import { WHOLE_PAGE, wholeList } from '../api/wholeList';

export type DateRange = { from: string; to: string };

/** What a list is asked for. */
type Query<Data extends { query?: unknown }> = NonNullable<Data['query']>;

/** The header that refuses the edit of a version that is no longer there. */
const ifMatch = (version: number | undefined) =>
  version === undefined ? {} : { headers: { 'If-Match': `"${version}"` } };

/** One thing, and the version of it that was edited. */
type Edit<Change> = { id: number; version?: number; change: Change };
type Removal = { id: number; version?: number };

/** All mappings of one kind of record, which are saved as one change. */
type MappingSetKey = { integrationId: number; entityType: api.EntityType };
type MappingSetEdit = MappingSetKey & { tag: string | null; mappings: api.MappingOfSet[] };

/**
 * Every call of the dashboard, one function each. They answer with the gateway's whole envelope and throw an
 * `ApiFailure` otherwise.
 */
export const geniacsService = {
  getMe: () => bodyOf(api.getMe()),
  logIn: (body: api.LogInData['body']) => bodyOf(api.logIn({ body })),
  logOut: () => bodyOf(api.logOut()),

  changePassword: (body: api.PasswordChange) => bodyOf(api.changePassword({ body })),
  logOutEverywhere: (body: api.LogoutEverywhere) => bodyOf(api.logOutEverywhere({ body })),

  getAttention: (integrationId: number | undefined) =>
    bodyOf(
      api.getAttention({
        query: integrationId === undefined ? {} : { integration_id: integrationId },
      }),
    ),
  search: (text: string) => bodyOf(api.search({ query: { q: text } })),

  getIntegrations: () =>
    wholeList('integrations', (page) =>
      bodyOf(api.listIntegrations({ query: { page, limit: WHOLE_PAGE } })),
    ),
  getArchivedIntegrations: () =>
    wholeList('integrations', (page) =>
      bodyOf(api.listIntegrations({ query: { page, limit: WHOLE_PAGE, archived: true } })),
    ),
  restoreIntegration: (id: number, body: api.IntegrationRestore) =>
    bodyOf(api.restoreIntegration({ path: { id }, body })),
  sendTestEvent: (id: number) => bodyOf(api.sendTestEvent({ path: { id } })),
  getIntegration: (id: number) => bodyOf(api.getIntegration({ path: { id } })),
  createIntegration: (body: api.NewIntegrationBody) => bodyOf(api.createIntegration({ body })),
  editIntegration: ({ id, version, change }: Edit<api.IntegrationChange>) =>
    bodyOf(api.editIntegration({ path: { id }, body: change, ...ifMatch(version) })),
  archiveIntegration: ({ id, version }: Removal) =>
    bodyOf(api.deleteIntegration({ path: { id }, ...ifMatch(version) })),
  getIntegrationHealth: (id: number) => bodyOf(api.getIntegrationHealth({ path: { id } })),
  testConnection: (id: number) => bodyOf(api.testConnection({ path: { id } })),
  rotateCredentials: ({ id, version, change }: Edit<api.NewCredentials>) =>
    bodyOf(api.rotateCredentials({ path: { id }, body: change, ...ifMatch(version) })),
  rotateWebhookSecret: (id: number) => bodyOf(api.rotateWebhookSecret({ path: { id } })),

  getSyncStatistics: (integrationId: number | undefined, range: DateRange, timeZone: string) =>
    bodyOf(
      api.getStatistics({
        query: { integration_id: integrationId, ...range, time_zone: timeZone },
      }),
    ),
  triggerSync: (body: api.SyncRequest) => bodyOf(api.triggerSync({ body })),
  countSyncs: (filter: api.SyncListFilter) => bodyOf(api.countSyncs({ body: { filter } })),
  retrySyncs: (body: api.RetryManyRequest) => bodyOf(api.retrySyncs({ body })),
  getOperation: (id: number, query: Query<api.GetOperationData>) =>
    bodyOf(api.getOperation({ path: { id }, query })),
  getSyncs: (query: Query<api.ListSyncsData>) => bodyOf(api.listSyncs({ query })),
  getSyncStatus: (id: number) => bodyOf(api.getSyncStatus({ path: { id } })),
  getSyncErrors: (id: number, query: Query<api.ListSyncErrorsData>) =>
    bodyOf(api.listSyncErrors({ path: { id }, query })),
  getSyncPlan: (id: number, query: Query<api.PreviewSyncData>) =>
    bodyOf(api.previewSync({ path: { id }, query })),
  cancelSync: (id: number) => bodyOf(api.cancelSync({ path: { id } })),
  resumeSync: (id: number) => bodyOf(api.resumeSync({ path: { id } })),
  getSyncErrorGroups: (id: number) => bodyOf(api.listSyncErrorGroups({ path: { id } })),
  retrySync: (id: number, body: api.SyncRetryRequest) =>
    bodyOf(api.retrySync({ path: { id }, body })),
  applyPlan: (id: number) => bodyOf(api.applySync({ path: { id } })),

  getMappingSet: async ({ integrationId, entityType }: MappingSetKey) => {
    const tags = new Map<number, string | null>();
    const body = await wholeList('mappings', async (page) => {
      const set = { integration_id: integrationId, entity_type: entityType };
      const answer = await taggedBodyOf(
        api.listMappings({ query: { ...set, page, limit: WHOLE_PAGE } }),
      );
      tags.set(page, answer.tag);
      return answer.body;
    });

    // The first page's tag is the oldest: if the set changed between two pages, saving it is refused as stale.
    return { body, tag: tags.get(1) ?? null };
  },
  saveMappingSet: ({ integrationId, entityType, tag, mappings }: MappingSetEdit) =>
    taggedBodyOf(
      api.saveMappings({
        query: { integration_id: integrationId, entity_type: entityType },
        body: { mappings },
        ...(tag === null ? {} : { headers: { 'If-Match': tag } }),
      }),
    ),
  getMappingRules: () => bodyOf(api.listMappingRules()),
  getMappingFields: ({ integrationId, entityType }: MappingSetKey) =>
    bodyOf(
      api.listLocalFields({ query: { entity_type: entityType, integration_id: integrationId } }),
    ),
  previewMappings: (body: api.MappingPreviewRequest) => bodyOf(api.previewMappings({ body })),

  getSchedules: (query: Query<api.ListSchedulesData>) =>
    wholeList('schedules', (page) =>
      bodyOf(api.listSchedules({ query: { ...query, page, limit: WHOLE_PAGE } })),
    ),
  getSchedule: (id: number) => bodyOf(api.getSchedule({ path: { id } })),
  createSchedule: (body: api.NewSchedule) => bodyOf(api.createSchedule({ body })),
  editSchedule: ({ id, version, change }: Edit<api.ScheduleChange>) =>
    bodyOf(api.editSchedule({ path: { id }, body: change, ...ifMatch(version) })),
  deleteSchedule: ({ id, version }: Removal) =>
    bodyOf(api.deleteSchedule({ path: { id }, ...ifMatch(version) })),
  runSchedule: (id: number) => bodyOf(api.runSchedule({ path: { id } })),
  previewSchedule: (query: api.PreviewScheduleData['query']) =>
    bodyOf(api.previewSchedule({ query })),
  getScheduleTicks: (id: number, query: Query<api.ListScheduleTicksData>) =>
    bodyOf(api.listScheduleTicks({ path: { id }, query })),

  getWebhookEvents: (query: Query<api.ListWebhookEventsData>) =>
    bodyOf(api.listWebhookEvents({ query })),
  getWebhookEvent: (id: number) => bodyOf(api.getWebhookEvent({ path: { id } })),
  replayWebhookEvent: (id: number) => bodyOf(api.replayWebhookEvent({ path: { id } })),
  replayWebhookEvents: (body: api.ReplayRequest) => bodyOf(api.replayWebhookEvents({ body })),
  countWebhookEvents: (filter: api.WebhookEventListFilter) =>
    bodyOf(api.countWebhookEvents({ body: { filter } })),
  countDeadLetters: (filter: api.DeadLetterListFilter) =>
    bodyOf(api.countDeadLetters({ body: { filter } })),
  requeueDeadLetters: (body: api.RequeueRequest) => bodyOf(api.requeueDeadLetters({ body })),
  getDeadLetters: (query: Query<api.ListDeadLettersData>) => bodyOf(api.listDeadLetters({ query })),
  requeueDeadLetter: (id: number) => bodyOf(api.requeueDeadLetter({ path: { id } })),

  getRecords: (entityType: api.EntityType, query: api.ListRecordsData['query']) =>
    bodyOf(api.listRecords({ path: { entity_type: entityType }, query })),
  getRecord: (entityType: api.EntityType, id: number, integrationId: number) =>
    bodyOf(
      api.getRecord({
        path: { entity_type: entityType, id },
        query: { integration_id: integrationId },
      }),
    ),
  getTimeline: (
    entityType: api.EntityType,
    id: number,
    query: api.GetRecordTimelineData['query'],
  ) => bodyOf(api.getRecordTimeline({ path: { entity_type: entityType, id }, query })),

  getConflicts: (query: Query<api.ListConflictsData>) => bodyOf(api.listConflicts({ query })),
  getConflict: (id: number) => bodyOf(api.getConflict({ path: { id } })),
  resolveConflict: (id: number, body: api.ConflictResolution) =>
    bodyOf(api.resolveConflict({ path: { id }, body })),

  countConflicts: (filter: api.ConflictListFilter) =>
    bodyOf(api.countConflicts({ body: { filter } })),
  resolveConflicts: (body: api.ConflictResolutions) => bodyOf(api.resolveConflicts({ body })),

  getChecks: (query: Query<api.ListConsistencyChecksData>) =>
    bodyOf(api.listConsistencyChecks({ query })),
  startCheck: (body: api.ConsistencyCheckRequest) => bodyOf(api.createConsistencyCheck({ body })),
  getCheck: (id: number, query: Query<api.GetConsistencyCheckData>) =>
    bodyOf(api.getConsistencyCheck({ path: { id }, query })),

  getLogs: (query: Query<api.ListLogsData>) => bodyOf(api.listLogs({ query })),
  getReports: (query: Query<api.ListReportsData>) => bodyOf(api.listReports({ query })),
  createReport: (body: api.NewReport) => bodyOf(api.createReport({ body })),
  getReport: (id: number) => bodyOf(api.getReport({ path: { id } })),
  verifyAuditLog: () => bodyOf(api.verifyAuditLog()),
  getAuditLog: (query: Query<api.ListAuditLogData>) => bodyOf(api.listAuditLog({ query })),

  getUsers: () =>
    wholeList('users', (page) => bodyOf(api.listUsers({ query: { page, limit: WHOLE_PAGE } }))),
  getUser: (id: number) => bodyOf(api.getUser({ path: { id } })),
  createUser: (body: api.NewUser) => bodyOf(api.createUser({ body })),
  editUser: ({ id, version, change }: Edit<api.UserChange>) =>
    bodyOf(api.editUser({ path: { id }, body: change, ...ifMatch(version) })),
  deleteUser: ({ id, version }: Removal) =>
    bodyOf(api.deleteUser({ path: { id }, ...ifMatch(version) })),
  getTokens: (userId: number | undefined) =>
    wholeList('tokens', (page) => {
      const whose = userId === undefined ? {} : { user_id: userId };
      return bodyOf(api.listTokens({ query: { page, limit: WHOLE_PAGE, ...whose } }));
    }),
  createToken: (body: api.NewToken) => bodyOf(api.createToken({ body })),
  revokeToken: (id: number) => bodyOf(api.revokeToken({ path: { id } })),

  getNotificationRules: () =>
    wholeList('notification_rules', (page) =>
      bodyOf(api.listNotificationRules({ query: { page, limit: WHOLE_PAGE } })),
    ),
  getNotificationRule: (id: number) => bodyOf(api.getNotificationRule({ path: { id } })),
  createNotificationRule: (body: api.NewNotificationRule) =>
    bodyOf(api.createNotificationRule({ body })),
  editNotificationRule: ({ id, version, change }: Edit<api.NotificationRuleChange>) =>
    bodyOf(api.editNotificationRule({ path: { id }, body: change, ...ifMatch(version) })),
  deleteNotificationRule: ({ id, version }: Removal) =>
    bodyOf(api.deleteNotificationRule({ path: { id }, ...ifMatch(version) })),
  rotateSigningSecret: (id: number) => bodyOf(api.rotateSigningSecret({ path: { id } })),
  testNotificationRule: (id: number) => bodyOf(api.testNotificationRule({ path: { id } })),
  getNotifications: (query: Query<api.ListNotificationsData>) =>
    bodyOf(api.listNotifications({ query })),

  getRetention: () => bodyOf(api.getRetention()),
  editRetention: (version: number, change: api.RetentionChange) =>
    bodyOf(api.editRetention({ body: change, ...ifMatch(version) })),
  getSystem: () => bodyOf(api.getSystem()),

  /** A stretch of a list as CSV, and where it goes on. */
  getCsv: (url: string, query: Record<string, unknown>) => csvOf(url, query),
};
