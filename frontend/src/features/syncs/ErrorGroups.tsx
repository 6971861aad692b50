import { Anchor, Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Sync, SyncErrorGroup } from '../../api/generated';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { type Column, DataTable } from '../../shared/list/DataTable';
import { Loaded, Panel } from '../../shared/Panel';
import { changeUrl } from '../../shared/useUrlParameter';
import { Cause } from './Cause';
import { useRetry } from './useRetry';

/** The causes, those with the most records first, each with its remedy and a way to send just those again. */
export function ErrorGroups({ sync }: { sync: Sync }) {
  const { t } = useTranslation();
  const columns = useGroupColumns(sync);
  const mayRetry = useMay('operator');
  const query = useQuery({
    queryKey: ['sync', sync.id, 'error-groups'],
    queryFn: () => geniacsService.getSyncErrorGroups(sync.id),
  });

  return (
    <Panel title={t('syncs.errors.groups')} actions={mayRetry ? <RetryAll sync={sync} /> : null}>
      <Loaded query={query}>
        {({ data }) => (
          <DataTable
            caption={t('syncs.errors.groups')}
            rows={data.error_groups}
            columns={columns}
            rowId={({ error_type, field }) => `${error_type}-${field}`}
          />
        )}
      </Loaded>
    </Panel>
  );
}

function useGroupColumns(sync: Sync): Column<SyncErrorGroup>[] {
  const { t } = useTranslation();
  const format = useFormat();

  return [
    {
      name: t('syncs.errors.cause'),
      show: ({ error_type, field, remedy }) => (
        <Cause type={error_type} field={field} remedy={remedy} />
      ),
    },
    {
      name: t('syncs.errors.count'),
      isNumber: true,
      show: ({ count, more }) => `${format.number(count)}${more ? '+' : ''}`,
    },
    {
      name: t('syncs.errors.sample'),
      show: ({ sample }) => (
        <Text size="sm" style={{ unicodeBidi: 'isolate' }}>
          {sample.error_message}
        </Text>
      ),
    },
    {
      name: t('shared.actions'),
      isAtEnd: true,
      show: (group) => <Actions sync={sync} group={group} />,
    },
  ];
}

function Actions({ sync, group }: { sync: Sync; group: SyncErrorGroup }) {
  const { t } = useTranslation();
  const mayRetry = useMay('operator');
  const retry = useRetry(sync.id);
  const { error_type, field, sample } = group;
  const mapping = new URLSearchParams({
    integration: String(sync.integration_id),
    entity: sync.entity_type,
    sync: String(sync.id),
    error_type,
    ...(field ? { field } : {}),
    ...(sample.record_id === null ? {} : { id: String(sample.record_id) }),
  });

  return (
    <Group gap="xs" justify="flex-end">
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => changeUrl({ error_type, field: field ?? undefined, after: undefined })}
      >
        {t('syncs.errors.only')}
      </Button>
      {mayRetry ? (
        <Button
          size="compact-sm"
          variant="light"
          onClick={() => retry.start({ error_type, ...(field ? { field } : {}) })}
          loading={retry.isPending}
        >
          {t('syncs.retryCause')}
        </Button>
      ) : null}
      {field ? (
        <Anchor component={Link} size="sm" to={`/mappings?${mapping}`}>
          {t('syncs.errors.mapping')}
        </Anchor>
      ) : null}
    </Group>
  );
}

function RetryAll({ sync }: { sync: Sync }) {
  const { t } = useTranslation();
  const retry = useRetry(sync.id);

  return (
    <Button size="xs" onClick={() => retry.start({})} loading={retry.isPending}>
      {t('syncs.retryAll')}
    </Button>
  );
}
