import { Anchor } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useIntegrationChoice } from '../../app/useIntegrationChoice';
import { geniacsService } from '../../services/geniacsService';
import { DataTable } from '../../shared/list/DataTable';
import { Empty, Loaded, Panel } from '../../shared/Panel';
import { useSyncColumns } from './useSyncColumns';

const SHOWN = 5;

/** The last few runs. */
export function LatestSyncs() {
  const { t } = useTranslation();
  const { id } = useIntegrationChoice();
  const columns = useSyncColumns();
  const query = useQuery({
    queryKey: ['syncs', 'latest', id],
    queryFn: async () => {
      const filter = id === undefined ? {} : { integration_id: id };
      return { rows: (await geniacsService.getSyncs({ ...filter, limit: SHOWN })).data.syncs };
    },
  });

  return (
    <Panel
      title={t('home.latest')}
      actions={
        <Anchor component={Link} to="/syncs" size="sm">
          {t('shared.all')}
        </Anchor>
      }
    >
      <Loaded query={query}>
        {({ rows }) =>
          rows.length === 0 ? (
            <Empty title={t('syncs.empty')} hint={t('syncs.emptyHint')} />
          ) : (
            <DataTable
              caption={t('home.latest')}
              rows={rows}
              columns={columns}
              rowId={({ id: sync }) => sync}
            />
          )
        }
      </Loaded>
    </Panel>
  );
}
