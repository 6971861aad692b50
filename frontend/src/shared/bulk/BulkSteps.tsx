import { Alert, Button, Group, List, Stack, Text } from '@mantine/core';
import { type QueryKey, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../../api/failure';
import type { Operation } from '../../api/generated';
import { useFormat } from '../../format/useFormat';
import { Loaded } from '../Panel';
import { useAction } from '../useAction';
import { useFailureWords } from '../useFailureWords';
import { OperationProgress } from './OperationProgress';

type Counted<Sample> = { count: number; more: boolean; samples: Sample[] };

export type Bulk<Sample> = {
  /** What the count depends on. */
  queryKey: QueryKey;
  count: () => Promise<Counted<Sample>>;
  /** What tells one of the samples. */
  show: (sample: Sample) => ReactNode;
  /** Choices before it begins. */
  children?: ReactNode;
  /** What can be done with them; the count that was shown goes along, so that no others are taken. */
  actions: { words: string; start: (count: number) => Promise<Operation> }[];
  /** Lists that it changes. */
  changes: QueryKey[];
};

type Props<Sample> = Bulk<Sample> & { onClose: () => void };

/** How many match and which, then what is done with them, then what was done and what failed. */
export function BulkSteps<Sample>(props: Props<Sample>) {
  const [operation, setOperation] = useState<Operation | null>(null);
  return operation ? (
    <OperationProgress operation={operation} changes={props.changes} onClose={props.onClose} />
  ) : (
    <Confirm {...props} onStarted={setOperation} />
  );
}

type ConfirmProps<Sample> = Props<Sample> & { onStarted: (operation: Operation) => void };

function Confirm<Sample>(props: ConfirmProps<Sample>) {
  const { queryKey, count, show, children, actions, onStarted, onClose } = props;
  const { t } = useTranslation();
  const words = useFailureWords();
  const query = useQuery({
    queryKey: ['bulk', ...queryKey],
    queryFn: count,
    staleTime: 0,
    gcTime: 0,
  });
  const begin = useAction({
    run: ({ start, number }: { start: Start; number: number }) => start(number),
    after: onStarted,
    quiet: true,
  });
  const number = numberOf(begin.error) ?? query.data?.count ?? 0;
  const isChanged = begin.error instanceof ApiFailure && begin.error.code === 'count_changed';

  return (
    <Stack>
      {children}
      <Loaded query={query}>
        {(counted) => (
          <Matching
            counted={{ ...counted, ...(isChanged ? { count: number, more: false } : {}) }}
            show={show}
          />
        )}
      </Loaded>
      {begin.isError ? (
        <Alert color={isChanged ? 'orange' : 'red'} variant="light" role="alert">
          {words(begin.error)}
        </Alert>
      ) : null}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t('common.cancel')}
        </Button>
        {actions.map((action, place) => (
          <Button
            key={action.words}
            variant={place === 0 ? 'filled' : 'default'}
            onClick={() => begin.start({ start: action.start, number })}
            disabled={!query.isSuccess || query.isFetching || number === 0}
            loading={begin.isPending}
          >
            {action.words}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}

type Start = (count: number) => Promise<Operation>;

/** How many the gateway found instead, where it says so: its answer names the number. */
function numberOf(failure: unknown): number | undefined {
  if (!(failure instanceof ApiFailure) || failure.code !== 'count_changed') return undefined;
  const told = failure.details.find(({ code }) => code === 'count_changed')?.params?.['count'];
  const found = told ?? /finds (\d+) now/.exec(failure.message)?.[1];
  return found === undefined ? undefined : Number(found);
}

type MatchingProps<Sample> = { counted: Counted<Sample>; show: (sample: Sample) => ReactNode };

function Matching<Sample>({ counted, show }: MatchingProps<Sample>) {
  const { t } = useTranslation();
  const format = useFormat();
  const { count, more, samples } = counted;

  return (
    <div role="status">
      <Text fw={600} className="figures">
        {t(more ? 'shared.bulk.matchMore' : 'shared.bulk.match', { number: format.number(count) })}
      </Text>
      {samples.length > 0 ? (
        <>
          <Text size="sm" c="dimmed">
            {t('shared.bulk.samples')}
          </Text>
          <List size="sm" listStyleType="disc">
            {samples.map((sample, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the samples never change their order
              <List.Item key={place} style={{ overflowWrap: 'anywhere' }}>
                {show(sample)}
              </List.Item>
            ))}
          </List>
        </>
      ) : null}
      <Text size="sm" c="dimmed" mt="xs">
        {t('shared.bulk.frozen')}
      </Text>
    </div>
  );
}
