import { Anchor, Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { RecordError } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { Loaded, Panel } from '../../shared/Panel';
import { changeUrl, useUrlParameters } from '../../shared/useUrlParameter';
import { Cause } from '../syncs/Cause';
import { useRetry } from '../syncs/useRetry';

const SHOWN = 20;

type Props = { hasChanges: boolean };

/** The records of a sync that failed for one cause: each can be tried, and then exactly those are sent again. */
export function FailedRecords({ hasChanges }: Props) {
  const { t } = useTranslation();
  const parameters = useUrlParameters();
  const syncId = Number(parameters.get('sync') ?? '');
  const type = parameters.get('error_type') ?? '';
  const field = parameters.get('field');
  const cause = { ...(type ? { error_type: type } : {}), ...(field ? { field } : {}) };
  const query = useQuery({
    queryKey: ['sync', syncId, 'errors', cause, 'first'],
    queryFn: () => geniacsService.getSyncErrors(syncId, { ...cause, limit: SHOWN }),
    enabled: syncId > 0,
  });
  const mayRetry = useMay('operator');
  const retry = useRetry(syncId);
  if (!(syncId > 0)) return null;

  return (
    <Panel
      title={t('mappings.failed')}
      actions={
        <>
          <Anchor component={Link} to={`/syncs/${syncId}`} size="sm">
            {t('syncs.name', { id: syncId })}
          </Anchor>
          {mayRetry ? (
            <Button
              size="xs"
              onClick={() => retry.start(cause)}
              loading={retry.isPending}
              disabled={hasChanges}
            >
              {t('mappings.sendAgain')}
            </Button>
          ) : null}
        </>
      }
    >
      <Cause type={type} field={field} />
      <Loaded query={query}>{({ data }) => <Choices errors={data.errors} />}</Loaded>
      <Text size="sm" c="dimmed" role="status">
        {t(hasChanges ? 'mappings.saveFirst' : 'mappings.failedHint')}
      </Text>
    </Panel>
  );
}

function Choices({ errors }: { errors: RecordError[] }) {
  const { t } = useTranslation();
  const chosen = useUrlParameters().get('id');
  const ids = [...new Set(errors.map(({ record_id }) => record_id))];

  return (
    <Group gap="xs">
      {ids.map((id) =>
        id === null ? null : (
          <Button
            key={id}
            size="compact-sm"
            variant={String(id) === chosen ? 'light' : 'default'}
            aria-pressed={String(id) === chosen}
            onClick={() => changeUrl({ id: String(id) })}
          >
            {t('mappings.ofRecord', { id })}
          </Button>
        ),
      )}
    </Group>
  );
}
