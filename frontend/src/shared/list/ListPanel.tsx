import { Button, Card, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/useFormat';
import { forgetNews, type NewsKind, useNews } from '../../live/news';
import { FailurePanel } from '../FailurePanel';
import { Empty } from '../Panel';
import { type Column, DataTable, type Id } from './DataTable';
import { clearFilters, useIsFiltered } from './filters';
import { ListTools } from './ToolsSlot';
import type { List } from './useList';
import { useSelection } from './useSelection';

type Props<Row> = {
  caption: string;
  list: List<Row>;
  columns: Column<Row>[];
  rowId: (row: Row) => Id;
  /** Why nothing is there, and what to do. */
  empty: { title: string; hint?: string; action?: ReactNode };
  /** What the stream tells that belongs on top of this list. */
  news?: NewsKind;
  /** A heading of its own, where a page has more than the list. */
  title?: string;
  /** What can be done with the list as a whole, such as downloading it. */
  tools?: ReactNode;
  /** What can be done with rows that were chosen. */
  bulk?: ((ids: Id[], done: () => void) => ReactNode) | undefined;
};

/** A list in each of its states: on its way, empty, empty because of a filter, failed, and long. */
export function ListPanel<Row>(props: Props<Row>) {
  const { caption, list, columns, rowId, empty, news, bulk, title, tools } = props;
  const { t } = useTranslation();
  const isFiltered = useIsFiltered();
  const { query, rows } = list;
  const [ids, setIds] = useSelection(rows.map(rowId));
  const isEmpty = query.isSuccess && rows.length === 0;
  const here = [...ids];

  return (
    <Card withBorder padding="md">
      <Stack gap="sm">
        {query.isError ? (
          <FailurePanel
            failure={query.error}
            onRetry={() => void query.refetch()}
            shownAsOf={query.data ? query.dataUpdatedAt : undefined}
          />
        ) : null}
        <Top list={list} news={news} title={title} tools={tools} />
        {bulk && here.length > 0 ? (
          <Group gap="xs" role="status">
            <Text size="sm">{t('shared.selected', { number: here.length })}</Text>
            {bulk(here, () => setIds(new Set()))}
            <Button size="xs" variant="subtle" onClick={() => setIds(new Set())}>
              {t('shared.clearSelection')}
            </Button>
          </Group>
        ) : null}

        {query.isLoading ? <Loading /> : null}
        {isEmpty && isFiltered ? (
          <Empty
            title={t('shared.emptyFiltered')}
            action={
              <Button variant="default" size="xs" mt="xs" onClick={clearFilters}>
                {t('shared.clearFilters')}
              </Button>
            }
          />
        ) : null}
        {isEmpty && !isFiltered ? <Empty {...empty} /> : null}
        {/* It stays while it is empty: rows that come into a table that is there are drawn in small portions. */}
        <div hidden={rows.length === 0}>
          <DataTable
            caption={caption}
            rows={rows}
            columns={columns}
            rowId={rowId}
            selection={bulk ? { ids, set: setIds } : undefined}
          />
        </div>
        <Pager list={list} />
      </Stack>
    </Card>
  );
}

function Loading() {
  const { t } = useTranslation();
  return (
    <Stack gap="xs" role="status" aria-busy aria-label={t('shared.loading')}>
      {[1, 2, 3, 4, 5].map((place) => (
        <Skeleton key={place} height={28} />
      ))}
    </Stack>
  );
}

type TopProps<Row> = {
  list: List<Row>;
  news: NewsKind | undefined;
  title: string | undefined;
  tools: ReactNode;
};

/** How many have come since; nothing moves under the pointer before one asks for it. */
function Top<Row>({ list, news, title, tools }: TopProps<Row>) {
  const { t } = useTranslation();
  const format = useFormat();
  const count = useNews(news);
  const loadedAt = list.query.data?.loadedAt;
  useEffect(() => {
    if (news && list.isFirst && loadedAt !== undefined) forgetNews(news);
  }, [news, list.isFirst, loadedAt]);

  const load = () => {
    if (list.isFirst) void list.query.refetch();
    else list.goFirst();
  };
  const buttons = (
    <Group gap="xs" aria-live="polite">
      {news && count > 0 ? (
        <Button size="compact-sm" variant="light" onClick={load}>
          {t('shared.news', { number: format.number(count) })}
        </Button>
      ) : null}
      {tools}
      <Button
        size="compact-sm"
        variant="subtle"
        color="gray"
        leftSection={<IconRefresh size={14} aria-hidden />}
        onClick={load}
        loading={list.query.isFetching && !list.query.isLoading}
      >
        {t('shared.refresh')}
      </Button>
    </Group>
  );
  if (!title) return <ListTools isOwnRow={false}>{buttons}</ListTools>;
  return (
    <Group gap="xs" justify="space-between">
      <Title order={2} size="h4">
        {title}
      </Title>
      {buttons}
    </Group>
  );
}

function Pager<Row>({ list }: { list: List<Row> }) {
  const { t } = useTranslation();
  if (list.isFirst && !list.goNext) return null;

  return (
    <Group justify="flex-end" gap="xs" component="nav" aria-label={t('shared.rows')}>
      <Button size="xs" variant="default" onClick={list.goFirst} disabled={list.isFirst}>
        {t('shared.firstPage')}
      </Button>
      <Button size="xs" variant="default" onClick={list.goPrevious} disabled={!list.goPrevious}>
        {t('shared.previous')}
      </Button>
      <Button size="xs" variant="default" onClick={list.goNext} disabled={!list.goNext}>
        {t('shared.next')}
      </Button>
    </Group>
  );
}
