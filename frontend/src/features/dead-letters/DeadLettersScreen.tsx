import { Anchor, Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { DeadLetter, DeadLetterListFilter, LetterState } from '../../api/generated';
import { useIntegrationChoice } from '../../app/useIntegrationChoice';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { BulkButton } from '../../shared/bulk/BulkButton';
import type { Column } from '../../shared/list/DataTable';
import { FilterBar } from '../../shared/list/FilterBar';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { useNames } from '../../shared/names';
import { Page } from '../../shared/Page';
import { StatusBadge } from '../../shared/StatusBadge';
import { useAction } from '../../shared/useAction';
import { useUrlParameters } from '../../shared/useUrlParameter';

const states = ['set_aside', 'stored_already', 'dropped', 'unreadable', 'requeued'] as const;

/** What the broker gave up. */
export function DeadLettersScreen() {
  const { t } = useTranslation();
  const stateName = useNames('statuses');
  const { id: integrationId } = useIntegrationChoice();
  const state = (useUrlParameters().get('state') ?? undefined) as LetterState | undefined;
  const mayRequeue = useMay('operator');
  const columns = useLetterColumns();
  const filter: DeadLetterListFilter = {
    ...(integrationId === undefined ? {} : { integration_id: integrationId }),
    ...(state === undefined ? {} : { state }),
  };
  const list = useList({
    queryKey: ['dead-letters', integrationId, state],
    load: async (request) => {
      const { data } = await geniacsService.getDeadLetters({
        integration_id: integrationId,
        state,
        ...request,
      } as Parameters<typeof geniacsService.getDeadLetters>[0]);
      return { rows: data.dead_letters, next: data.next_cursor, previous: data.prev_cursor };
    },
  });

  return (
    <Page
      title={t('deadLetters.title')}
      about={t('deadLetters.about')}
      actions={mayRequeue ? <RequeueMatching filter={filter} /> : null}
    >
      <FilterBar
        filters={[
          {
            name: 'state',
            words: t('shared.status'),
            choices: states.map((value) => ({ value, label: stateName(value) })),
          },
        ]}
      />
      <ListPanel
        caption={t('deadLetters.title')}
        list={list}
        columns={columns}
        rowId={({ id }) => id}
        empty={{ title: t('deadLetters.empty'), hint: t('deadLetters.emptyHint') }}
      />
    </Page>
  );
}

function RequeueMatching({ filter }: { filter: DeadLetterListFilter }) {
  const { t } = useTranslation();

  return (
    <BulkButton
      words={t('deadLetters.requeueMatching')}
      queryKey={['dead-letters', filter]}
      count={async () => (await geniacsService.countDeadLetters(filter)).data}
      show={({ id, message_type, reason }) => `${id} · ${message_type} ${reason ?? ''}`}
      actions={[
        {
          words: t('deadLetters.requeue'),
          start: async (confirm_count) =>
            (await geniacsService.requeueDeadLetters({ filter, confirm_count })).data.operation,
        },
      ]}
      changes={[['dead-letters']]}
    />
  );
}

function useLetterColumns(): Column<DeadLetter>[] {
  const { t } = useTranslation();
  const mayRequeue = useMay('operator');

  return [
    { name: t('deadLetters.id'), show: ({ id }) => id },
    { name: t('deadLetters.type'), show: ({ message_type }) => message_type },
    { name: t('deadLetters.queue'), show: ({ queue }) => queue ?? '–' },
    { name: t('deadLetters.reason'), show: ({ reason }) => reason ?? '–' },
    { name: t('shared.status'), show: ({ state }) => <StatusBadge status={state} /> },
    {
      name: t('deadLetters.event'),
      show: ({ webhook_event_id }) =>
        webhook_event_id === null ? (
          '–'
        ) : (
          <Anchor component={Link} to={`/webhooks?id=${webhook_event_id}`}>
            {webhook_event_id}
          </Anchor>
        ),
    },
    {
      name: t('deadLetters.created'),
      show: ({ created_at }) => <Moment at={created_at} withAgo />,
    },
    {
      name: t('deadLetters.requeue'),
      show: (letter) => (letter.can_requeue && mayRequeue ? <Requeue id={letter.id} /> : '–'),
    },
  ];
}

function Requeue({ id }: { id: number }) {
  const { t } = useTranslation();
  const requeue = useAction({
    run: () => geniacsService.requeueDeadLetter(id),
    done: () => t('deadLetters.requeued', { id }),
    changes: [['dead-letters'], ['attention']],
  });

  return (
    <Button
      size="compact-sm"
      variant="default"
      onClick={() => requeue.start(undefined)}
      loading={requeue.isPending}
    >
      {t('deadLetters.requeue')}
    </Button>
  );
}
