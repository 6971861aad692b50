import { Button, Group, Stack, Switch, Text } from '@mantine/core';
import { IconArrowBarToDown } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, type ReactNode, useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/useFormat';
import { DownloadCsv } from '../../shared/DownloadCsv';
import { FailurePanel } from '../../shared/FailurePanel';
import { clearFilters, useIsFiltered } from '../../shared/list/filters';
import { Empty, Panel, Waiting } from '../../shared/Panel';
import { useUrlParameter, useUrlValue } from '../../shared/useUrlParameter';
import { type BodyName, LogLine } from './LogLine';
import classes from './LogViewer.module.css';
import { type LogFilters, useLogLines } from './useLogLines';
import { useLogScroll } from './useLogScroll';
import { useNewLines } from './useNewLines';

const USUAL_HEIGHT = 36;
const BESIDE = 10;

type Props = { filters: LogFilters; syncId?: number; isUnderWay?: boolean };

/** The log as one long page, oldest line first; it follows its end until one scrolls away from it. */
export const LogViewer = memo(function LogViewer(props: Props) {
  const { filters, syncId, isUnderWay = false } = props;
  const { t } = useTranslation();
  const isFiltered = useIsFiltered();
  const log = useLogLines(filters, Number(useUrlValue('line')) || undefined);
  useNewLines(syncId, isUnderWay, log);
  const { query, lines } = log;
  const isEmpty = query.isSuccess && lines.length === 0 && !query.hasNextPage;

  return (
    <Panel>
      {query.isError ? (
        <FailurePanel
          failure={query.error}
          onRetry={() => void query.refetch()}
          shownAsOf={query.data ? query.dataUpdatedAt : undefined}
        />
      ) : null}
      {query.isLoading ? <Waiting rows={8} /> : null}
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
      {isEmpty && !isFiltered ? <Empty title={t('logs.empty')} hint={t('logs.emptyHint')} /> : null}
      {query.isSuccess && !isEmpty ? (
        <Lines log={log} filters={filters} withSync={syncId === undefined} />
      ) : null}
    </Panel>
  );
});

type LinesProps = {
  log: ReturnType<typeof useLogLines>;
  filters: LogFilters;
  withSync: boolean;
};

function Lines({ log, filters, withSync }: LinesProps) {
  const { t } = useTranslation();
  const chosen = Number(useUrlValue('line') ?? '');
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null);
  const [opened, setOpened] = useState<ReadonlyMap<number, BodyName>>(new Map());
  const { query } = log;
  const [only, setOnly] = useUrlParameter('requests', '');
  const lines = useMemo(
    () => (only ? log.lines.filter(({ duration_ms }) => duration_ms !== null) : log.lines),
    [log.lines, only],
  );
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller,
    estimateSize: () => USUAL_HEIGHT,
    getItemKey: (place) => lines[place]?.id ?? place,
    overscan: BESIDE,
  });
  const scroll = useLogScroll({ virtualizer, log, lines, scroller, chosen });
  const open = useCallback((id: number, body: BodyName | undefined) => {
    setOpened((before) => {
      const next = new Map(before);
      if (body) next.set(id, body);
      else next.delete(id);
      return next;
    });
  }, []);

  return (
    <Stack gap="xs">
      <Top query={query} filters={filters} scroll={scroll} shown={lines.length}>
        <Switch
          size="xs"
          label={t('logs.onlyRequests')}
          checked={only !== ''}
          onChange={({ currentTarget }) => setOnly(currentTarget.checked ? 'only' : '')}
        />
      </Top>
      <div
        ref={setScroller}
        className={classes.scroller}
        data-virtual
        role="feed"
        aria-busy={query.isFetching}
        aria-label={t('logs.title')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: one scrolls it by keyboard
        tabIndex={0}
        onScrollCapture={scroll.onScroll}
      >
        <div className={classes.rows} style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, key, start }) => {
            const entry = lines[index];
            if (!entry) return null;
            return (
              <article
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                className={classes.row}
                style={{ transform: `translateY(${start}px)` }}
                aria-posinset={index + 1}
                aria-setsize={-1}
              >
                <LogLine
                  entry={entry}
                  opened={opened.get(entry.id)}
                  onOpen={open}
                  address={addressOf(entry)}
                  isChosen={entry.id === chosen}
                  withSync={withSync}
                />
              </article>
            );
          })}
        </div>
      </div>
    </Stack>
  );
}

/** Where one finds this line again, with the filters that are set now. */
function addressOf({ id }: { id: number }): string {
  const parameters = new URLSearchParams(location.search);
  parameters.set('line', String(id));
  return `?${parameters}`;
}

type TopProps = {
  query: ReturnType<typeof useLogLines>['query'];
  filters: LogFilters;
  scroll: ReturnType<typeof useLogScroll>;
  /** How many lines there are to scroll through. */
  shown: number;
  children: ReactNode;
};

function Top({ query, filters, scroll, shown, children }: TopProps) {
  const { t } = useTranslation();
  const format = useFormat();

  return (
    <Group justify="space-between" gap="xs">
      <Text size="sm" c="dimmed" role="status">
        {scroll.isFollowing ? t('logs.follows') : t('logs.there', { number: format.number(shown) })}
      </Text>
      <Group gap="xs">
        {children}
        {scroll.mustAsk && query.hasNextPage ? (
          <Button size="compact-sm" variant="light" onClick={scroll.searchOn}>
            {t('logs.searchOn')}
          </Button>
        ) : null}
        {scroll.isFollowing ? null : (
          <Button
            size="compact-sm"
            variant="light"
            leftSection={<IconArrowBarToDown size={14} aria-hidden />}
            onClick={scroll.toEnd}
          >
            {scroll.missed > 0
              ? t('shared.news', { number: format.number(scroll.missed) })
              : t('logs.toEnd')}
          </Button>
        )}
        <DownloadCsv url="/api/geniacs/logs" query={filters} fileName="logs" />
      </Group>
    </Group>
  );
}
