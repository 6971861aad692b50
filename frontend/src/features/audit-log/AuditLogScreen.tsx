import { Anchor, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { AuditEntry, ListAuditLogData } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import { DownloadCsv } from '../../shared/DownloadCsv';
import type { Column } from '../../shared/list/DataTable';
import { FilterBar } from '../../shared/list/FilterBar';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { useListFilters } from '../../shared/list/useListFilters';
import { Page } from '../../shared/Page';
import { Json } from '../../shared/Value';
import { VerifyAuditLog } from './VerifyAuditLog';

const filterNames = [
  'actor',
  'action',
  'subject_type',
  'subject_id',
  'request_id',
  'user_id',
] as const;

/** Who changed what. */
export function AuditLogScreen() {
  const { t } = useTranslation();
  const filters = useListFilters(filterNames) as NonNullable<ListAuditLogData['query']>;
  const columns = useAuditColumns();
  const list = useList({
    queryKey: ['audit-log', filters],
    load: async (request) => {
      const { data } = await geniacsService.getAuditLog({ ...filters, ...request });
      return { rows: data.audit_log, next: data.next_cursor, previous: data.prev_cursor };
    },
  });

  return (
    <Page title={t('auditLog.title')} about={t('auditLog.about')} actions={<VerifyAuditLog />}>
      <FilterBar
        filters={[
          { name: 'actor', words: t('auditLog.actor'), kind: 'text' },
          { name: 'action', words: t('auditLog.action'), kind: 'text' },
          { name: 'subject_type', words: t('auditLog.subject'), kind: 'text' },
          { name: 'subject_id', words: t('auditLog.subjectId'), kind: 'text' },
          { name: 'request_id', words: t('auditLog.request'), kind: 'text' },
          { name: 'from', words: t('shared.from'), kind: 'date' },
          { name: 'to', words: t('shared.to'), kind: 'date' },
        ]}
      />
      <ListPanel
        caption={t('auditLog.title')}
        list={list}
        columns={columns}
        rowId={({ id: entry }) => entry}
        empty={{ title: t('auditLog.empty'), hint: t('auditLog.emptyHint') }}
        tools={<DownloadCsv url="/api/audit-log" query={filters} fileName="audit-log" />}
      />
    </Page>
  );
}

function useAuditColumns(): Column<AuditEntry>[] {
  const { t } = useTranslation();

  return [
    { name: t('auditLog.at'), show: ({ created_at }) => <Moment at={created_at} /> },
    {
      name: t('auditLog.actor'),
      show: ({ actor, address }) => (
        <div>
          <Text size="sm">{actor}</Text>
          <Text size="xs" c="dimmed">
            {address}
          </Text>
        </div>
      ),
    },
    { name: t('auditLog.action'), show: ({ action }) => action },
    {
      name: t('auditLog.subject'),
      show: (entry) => <Subject entry={entry} />,
    },
    { name: t('shared.details'), show: (entry) => <Details entry={entry} /> },
  ];
}

const PAGES: Record<string, (id: number) => string> = {
  sync: (id) => `/syncs/${id}`,
  report: (id) => `/reports/${id}`,
  integration: (id) => `/integrations?id=${id}`,
  schedule: (id) => `/schedules?id=${id}`,
  webhook_event: (id) => `/webhooks?id=${id}`,
  conflict: (id) => `/conflicts?id=${id}`,
};

/** What was changed, with the way to its page where it has one. */
function Subject({ entry: { subject_type: type, subject_id: id } }: { entry: AuditEntry }) {
  const page = PAGES[type];
  const words = `${type} ${id ?? ''}`;
  if (!page || id === null) return words;
  return (
    <Anchor component={Link} to={page(id)}>
      {words}
    </Anchor>
  );
}

function Details({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const sides = [
    { words: t('auditLog.before'), body: entry.before },
    { words: t('auditLog.after'), body: entry.after },
  ].filter(({ body }) => body !== null);

  return (
    <details>
      <summary>{t('shared.details')}</summary>
      {sides.map(({ words, body }) => (
        <div key={words}>
          <Text size="xs" c="dimmed">
            {words}
          </Text>
          <Json value={body} />
        </div>
      ))}
      <Text size="xs" c="dimmed">
        {t('auditLog.request')} {entry.request_id}
      </Text>
    </details>
  );
}
