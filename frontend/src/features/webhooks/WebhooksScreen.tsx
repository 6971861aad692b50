import { Anchor, Button, NativeSelect, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type {
  ListWebhookEventsData,
  Operation,
  WebhookEvent,
  WebhookEventListFilter,
} from '../../api/generated';
import { Moment } from '../../format/Moment';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { BulkButton } from '../../shared/bulk/BulkButton';
import { forEachChosen } from '../../shared/bulk/forEachChosen';
import { useEachWords } from '../../shared/bulk/useEachWords';
import type { Column, Id } from '../../shared/list/DataTable';
import { FilterBar } from '../../shared/list/FilterBar';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { useListFilters } from '../../shared/list/useListFilters';
import { entityTypes, useEntityTitle, useNames } from '../../shared/names';
import { Page } from '../../shared/Page';
import { StatusBadge } from '../../shared/StatusBadge';
import { useAction } from '../../shared/useAction';
import { changeUrl } from '../../shared/useUrlParameter';
import { SendTestEvent } from '../integrations/SendTestEvent';
import { EventDrawer } from './EventDrawer';

const states = ['received', 'processed', 'superseded', 'failed', 'set_aside'] as const;
const actions = ['created', 'updated', 'deleted', 'restored', 'status_changed'];
const things = ['customer', 'subscription', 'payment', 'invoice', 'monitoring', 'nas_server'];

/** What Geniacs sent. */
export function WebhooksScreen() {
  const { t } = useTranslation();
  const stateName = useNames('statuses');
  const mayReplay = useMay('operator');
  const entityTitle = useEntityTitle();
  const eventTypes = things.flatMap((thing) => actions.map((action) => `${thing}.${action}`));

  return (
    <Page
      title={t('webhooks.title')}
      about={t('webhooks.about')}
      actions={
        mayReplay ? (
          <>
            <SendTestEvent />
            <ReplayMatching />
          </>
        ) : null
      }
    >
      <FilterBar
        filters={[
          {
            name: 'state',
            words: t('shared.status'),
            choices: states.map((value) => ({ value, label: stateName(value) })),
          },
          {
            name: 'event_type',
            words: t('webhooks.type'),
            choices: eventTypes.map((value) => ({ value, label: value })),
          },
          {
            name: 'entity_type',
            words: t('shared.entity'),
            choices: entityTypes.map((value) => ({ value, label: entityTitle(value) })),
          },
          { name: 'geniacs_id', words: t('webhooks.id'), kind: 'text' },
          { name: 'event_id', words: t('webhooks.eventId'), kind: 'text' },
          { name: 'from', words: t('shared.from'), kind: 'date' },
          { name: 'to', words: t('shared.to'), kind: 'date' },
        ]}
      />
      <EventList />
      <EventDrawer />
    </Page>
  );
}

const filterNames = ['state', 'event_type', 'entity_type', 'geniacs_id', 'event_id'] as const;

function useEventFilters() {
  return useListFilters(filterNames) as NonNullable<ListWebhookEventsData['query']>;
}

function EventList() {
  const { t } = useTranslation();
  const filters = useEventFilters();
  const mayReplay = useMay('operator');
  const columns = useEventColumns();
  const list = useList({
    queryKey: ['webhook-events', filters],
    load: async (request) => {
      const { data } = await geniacsService.getWebhookEvents({ ...filters, ...request });
      return { rows: data.webhook_events, next: data.next_cursor, previous: data.prev_cursor };
    },
  });

  return (
    <ListPanel
      caption={t('webhooks.title')}
      list={list}
      columns={columns}
      rowId={({ id }) => id}
      empty={{ title: t('webhooks.empty'), hint: t('webhooks.emptyHint') }}
      news="webhooks"
      bulk={mayReplay ? (ids, done) => <ReplayChosen ids={ids} onDone={done} /> : undefined}
    />
  );
}

function useEventColumns(): Column<WebhookEvent>[] {
  const { t } = useTranslation();
  const format = useFormat();
  const outcomeName = useNames('actions');

  return [
    {
      name: t('webhooks.event'),
      show: ({ id }) => (
        <Anchor component="button" type="button" onClick={() => changeUrl({ id: String(id) })}>
          {id}
        </Anchor>
      ),
    },
    {
      name: t('webhooks.type'),
      show: ({ event_type, geniacs_id }) => (
        <div>
          <Text size="sm">{event_type}</Text>
          <Text size="xs" c="dimmed">
            {geniacs_id}
          </Text>
        </div>
      ),
    },
    { name: t('shared.status'), show: ({ state }) => <StatusBadge status={state} /> },
    {
      name: t('webhooks.outcome'),
      show: ({ outcome, error_message }) =>
        error_message ?? (outcome === null ? '–' : outcomeName(outcome)),
    },
    {
      name: t('webhooks.attempts'),
      isNumber: true,
      show: ({ processing_attempts }) => format.number(processing_attempts),
    },
    {
      name: t('webhooks.duplicates'),
      isNumber: true,
      show: ({ duplicates }) => format.number(duplicates),
    },
    { name: t('webhooks.received'), show: ({ created_at }) => <Moment at={created_at} withAgo /> },
  ];
}

function ReplayChosen({ ids, onDone }: { ids: Id[]; onDone: () => void }) {
  const { t } = useTranslation();
  const eachWords = useEachWords();
  const replay = useAction({
    run: () => forEachChosen(ids, (id) => geniacsService.replayWebhookEvent(Number(id))),
    done: (outcome) => eachWords(outcome, t('webhooks.replayedMany', { number: ids.length })),
    changes: [['webhook-events']],
    after: onDone,
  });

  return (
    <Button size="xs" onClick={() => replay.start(undefined)} loading={replay.isPending}>
      {t('webhooks.replay')}
    </Button>
  );
}

/** The states whose events are usually applied again, first. */
const replayable = ['set_aside', 'failed', 'processed', 'superseded'] as const;

/** All that match, frozen on the server. */
function ReplayMatching() {
  const { t } = useTranslation();
  const stateName = useNames('statuses');
  const { state: shown, ...rest } = useEventFilters();
  const [chosen, choose] = useState('');
  const state = chosen || shown || 'set_aside';
  const filter = { ...rest, state } as WebhookEventListFilter;

  return (
    <BulkButton
      words={t('webhooks.replayMatching')}
      queryKey={['webhook-events', filter]}
      count={async () => (await geniacsService.countWebhookEvents(filter)).data}
      show={({ id, event_type, geniacs_id: about }) => `${id} · ${event_type} ${about ?? ''}`}
      actions={[
        {
          words: t('webhooks.replay'),
          start: async (confirm_count) =>
            operationOf(await geniacsService.replayWebhookEvents({ filter, confirm_count })),
        },
      ]}
      changes={[['webhook-events']]}
    >
      <NativeSelect
        label={t('shared.status')}
        value={state}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
        data={replayable.map((value) => ({ value, label: stateName(value) }))}
      />
    </BulkButton>
  );
}

type ReplayAnswer = Awaited<ReturnType<typeof geniacsService.replayWebhookEvents>>;

/** A filter that is frozen is answered with an operation. */
function operationOf({ data }: ReplayAnswer): Operation {
  if ('operation' in data) return data.operation;
  throw new Error('a replay by a frozen filter was answered without an operation');
}
