import { useDeferredValue, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { FilterBar } from '../../shared/list/FilterBar';
import { useListFilters } from '../../shared/list/useListFilters';
import { useNames } from '../../shared/names';
import { Page } from '../../shared/Page';
import { LogViewer } from './LogViewer';
import type { LogFilters } from './useLogLines';

const levels = ['debug', 'info', 'warning', 'error', 'critical'] as const;

const filterNames = ['sync_id', 'lowest_level', 'text'] as const;

/** What the services noted. */
export function LogsScreen() {
  const { t } = useTranslation();
  const levelName = useNames('statuses');
  const given = useListFilters(filterNames);
  // The same object as long as the filters are the same. A filter shows what was chosen before the log is drawn anew.
  const key = useDeferredValue(JSON.stringify(given));
  const filters = useMemo(() => JSON.parse(key) as LogFilters, [key]);

  return (
    <Page title={t('logs.title')} about={t('logs.about')}>
      <FilterBar
        filters={[
          {
            name: 'lowest_level',
            words: t('logs.level'),
            choices: levels.map((value) => ({ value, label: levelName(value) })),
          },
          { name: 'text', words: t('logs.text'), kind: 'text' },
          { name: 'sync_id', words: t('logs.sync'), kind: 'text' },
          { name: 'from', words: t('shared.from'), kind: 'date' },
          { name: 'to', words: t('shared.to'), kind: 'date' },
        ]}
      />
      <LogViewer key={key} filters={filters} />
    </Page>
  );
}
