import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { AuditEntry, ListAuditLogData } from '../../api/generated';
import { useIntegrationChoice } from '../../app/useIntegrationChoice';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import type { Column } from '../../shared/list/DataTable';
import { FilterBar } from '../../shared/list/FilterBar';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { Page } from '../../shared/Page';
import { useUrlParameters } from '../../shared/useUrlParameter';
import { Json } from '../../shared/Value';

/** Who changed what. */
export function AuditLogScreen() {
  const { t } = useTranslation();
  const parameters = useUrlParameters();
  const { id } = useIntegrationChoice();
  const of = (name: string) => parameters.get(name) ?? undefined;
  const filters = {
    integration_id: id,
    action: of('action'),
    subject_type: of('subject_type'),
    subject_id: of('subject_id'),
    from: of('from'),
    to: of('to'),
  } as unknown as NonNullable<ListAuditLogData['query']>;
  const columns = useAuditColumns();
  const list = useList({
    queryKey: ['audit-log', filters],
    load: async (request) => {
      const { data } = await geniacsService.getAuditLog({ ...filters, ...request });
      return { rows: data.audit_log, next: data.next_cursor, previous: data.prev_cursor };
    },
  });

  return (
    <Page title={t('auditLog.title')} about={t('auditLog.about')}>
      <FilterBar
        filters={[
          { name: 'action', words: t('auditLog.action'), kind: 'text' },
          { name: 'subject_type', words: t('auditLog.subject'), kind: 'text' },
          { name: 'subject_id', words: t('auditLog.subjectId'), kind: 'text' },
          { name: 'from', words: t('shared.from'), kind: 'date' },
          { name: 'to', words: t('shared.to'), kind: 'date' },
        ]}
      />
      <ListPanel
        caption={t('auditLog.title')}
        list={list}
        columns={columns}
        rowId={({ id: entry }) => entry}
        empty={{ title: t('auditLog.empty') }}
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
      show: ({ subject_type, subject_id }) => `${subject_type} ${subject_id ?? ''}`,
    },
    { name: t('shared.details'), show: (entry) => <Details entry={entry} /> },
  ];
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
