import { Alert, Button, Group, List, Progress, Stack, Text } from '@mantine/core';
import { type QueryKey, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../../api/failure';
import type { Operation, OperationFailure } from '../../api/generated';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import { FailurePanel } from '../FailurePanel';
import { useFailureWords } from '../useFailureWords';

const SHOWN_FAILURES = 100;

type Props = { operation: Operation; changes: QueryKey[]; onClose: () => void };

/** What an operation has done so far, what is left, and what failed and why. */
export function OperationProgress({ operation: begun, changes, onClose }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useOperation(begun);
  const operation = query.data?.data.operation ?? begun;
  const isDone = operation.state === 'done';
  useChanged(isDone, changes);
  const numbers = {
    done: format.number(operation.done),
    failed: format.number(operation.failed),
    left: format.number(operation.left),
  };

  return (
    <Stack>
      <Progress.Root size="lg">
        <Progress.Section
          value={share(operation.done, operation.total)}
          aria-label={t('shared.bulk.done', { number: numbers.done })}
        />
        <Progress.Section
          value={share(operation.failed, operation.total)}
          color="red"
          aria-label={t('shared.bulk.failed', { number: numbers.failed })}
        />
      </Progress.Root>
      <Group gap="lg" role="status" className="figures">
        <Text size="sm">{t('shared.bulk.done', { number: numbers.done })}</Text>
        <Text size="sm" c={operation.failed > 0 ? 'red' : undefined}>
          {t('shared.bulk.failed', { number: numbers.failed })}
        </Text>
        <Text size="sm">{t('shared.bulk.left', { number: numbers.left })}</Text>
      </Group>
      {query.isError ? (
        <FailurePanel failure={query.error} onRetry={() => void query.refetch()} />
      ) : null}
      <Failures failures={query.data?.data.failures ?? []} />
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {t(isDone ? 'shared.bulk.ended' : 'shared.bulk.goesOn', { id: operation.id })}
        </Text>
        <Button onClick={onClose}>{t('common.close')}</Button>
      </Group>
    </Stack>
  );
}

const share = (part: number, total: number) => (part / Math.max(1, total)) * 100;

/** Asked for once; the stream tells how it goes on. */
function useOperation(begun: Operation) {
  return useQuery({
    queryKey: ['operation', begun.id],
    queryFn: () => geniacsService.getOperation(begun.id, { limit: SHOWN_FAILURES }),
    staleTime: 0,
  });
}

function useChanged(isDone: boolean, changes: QueryKey[]) {
  const queries = useQueryClient();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the lists are loaded anew once, when it is done
  useEffect(() => {
    if (!isDone) return;
    for (const queryKey of [...changes, ['attention']])
      void queries.invalidateQueries({ queryKey });
  }, [isDone]);
}

function Failures({ failures }: { failures: OperationFailure[] }) {
  const { t } = useTranslation();
  const words = useFailureWords();
  if (failures.length === 0) return null;
  const wordsOf = ({ code, message }: OperationFailure) =>
    words(new ApiFailure(message, { status: 409, code }));

  return (
    <Alert color="red" variant="light" title={t('shared.bulk.failures')}>
      <List size="sm">
        {failures.map((failure) => (
          <List.Item key={failure.id}>
            {failure.id}: {wordsOf(failure)}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
