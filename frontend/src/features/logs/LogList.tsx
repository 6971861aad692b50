import { Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ListLogsData, LogEntry } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import type { Column } from '../../shared/list/DataTable';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { StatusBadge } from '../../shared/StatusBadge';
import { Json } from '../../shared/Value';

type Props = { filters: NonNullable<ListLogsData['query']> };

/** Lines of the log, newest first; request and answer are folded. */
export function LogList({ filters }: Props) {
  const { t } = useTranslation();
  const columns = useLogColumns();
  const list = useList({
    queryKey: ['logs', filters],
    load: async (request) => {
      const { data } = await geniacsService.getLogs({ ...filters, ...request });
      return { rows: data.logs, next: data.next_cursor, previous: data.prev_cursor };
    },
  });

  return (
    <ListPanel
      caption={t('logs.title')}
      list={list}
      columns={columns}
      rowId={({ id }) => id}
      empty={{ title: t('logs.empty'), hint: t('logs.emptyHint') }}
    />
  );
}

function useLogColumns(): Column<LogEntry>[] {
  const { t } = useTranslation();

  return [
    { name: t('syncs.errors.at'), show: ({ created_at }) => <Moment at={created_at} /> },
    { name: t('shared.status'), show: ({ log_level }) => <StatusBadge status={log_level} /> },
    { name: t('syncs.errors.message'), show: (entry) => <LogLine entry={entry} /> },
  ];
}

function LogLine({ entry }: { entry: LogEntry }) {
  const { t } = useTranslation();
  const format = useFormat();
  const bodies = [
    { words: t('logs.context'), body: entry.context },
    { words: t('logs.request'), body: entry.request_data },
    { words: t('logs.response'), body: entry.response_data },
  ].filter(({ body }) => body !== null && body !== undefined);

  return (
    <Stack gap={2} ta="start">
      <Text size="sm" style={{ unicodeBidi: 'isolate', overflowWrap: 'anywhere' }}>
        {entry.message}
      </Text>
      <Group gap="xs">
        {entry.status_code === null ? null : (
          <Text size="xs" c="dimmed">
            {t('logs.status', { code: entry.status_code })}
          </Text>
        )}
        {entry.duration_ms === null ? null : (
          <Text size="xs" c="dimmed">
            {t('logs.duration', { number: format.number(entry.duration_ms) })}
          </Text>
        )}
      </Group>
      {bodies.map(({ words, body }) => (
        <details key={words}>
          <summary>{words}</summary>
          <Json value={body} />
        </details>
      ))}
    </Stack>
  );
}
