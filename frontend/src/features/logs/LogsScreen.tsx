import { useTranslation } from 'react-i18next';
import type { ListLogsData } from '../../api/generated';
import { useIntegrationChoice } from '../../app/useIntegrationChoice';
import { FilterBar } from '../../shared/list/FilterBar';
import { useNames } from '../../shared/names';
import { Page } from '../../shared/Page';
import { useUrlParameters } from '../../shared/useUrlParameter';
import { LogList } from './LogList';

const levels = ['debug', 'info', 'warning', 'error', 'critical'] as const;

/** What the services noted. */
export function LogsScreen() {
  const { t } = useTranslation();
  const levelName = useNames('statuses');
  const parameters = useUrlParameters();
  const { id } = useIntegrationChoice();
  const of = (name: string) => parameters.get(name) ?? undefined;
  const filters = {
    integration_id: id,
    sync_id: of('sync_id'),
    lowest_level: of('lowest_level'),
    text: of('text'),
    from: of('from'),
    to: of('to'),
  } as unknown as NonNullable<ListLogsData['query']>;

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
      <LogList filters={filters} />
    </Page>
  );
}
