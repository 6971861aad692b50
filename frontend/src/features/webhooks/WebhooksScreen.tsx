import { Anchor, Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ListWebhookEventsData, WebhookEvent } from '../../api/generated';
import { useIntegrationChoice } from '../../app/useIntegrationChoice';
import { Moment } from '../../format/Moment';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { ConfirmButton } from '../../shared/Confirm';
import type { Column, Id } from '../../shared/list/DataTable';
import { FilterBar } from '../../shared/list/FilterBar';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { useNames } from '../../shared/names';
import { Page } from '../../shared/Page';
import { StatusBadge } from '../../shared/StatusBadge';
import { useAction } from '../../shared/useAction';
import { changeUrl, useUrlParameters } from '../../shared/useUrlParameter';
import { EventDrawer } from './EventDrawer';

const states = ['received', 'processed', 'superseded', 'failed', 'set_aside'] as const;
const actions = ['created', 'updated', 'deleted', 'restored', 'status_changed'];
const things = ['customer', 'subscription', 'payment', 'invoice', 'monitoring', 'nas_server'];

/** What Geniacs sent. */
export function WebhooksScreen() {
  const { t } = useTranslation();
  const stateName = useNames('statuses');
  const mayReplay = useMay('operator');
  const eventTypes = things.flatMap((thing) => actions.map((action) => `${thing}.${action}`));

  return (
    <Page
      title={t('webhooks.title')}
      about={t('webhooks.about')}
      actions={mayReplay ? <ReplayMatching /> : null}
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
          { name: 'from', words: t('shared.from'), kind: 'date' },
          { name: 'to', words: t('shared.to'), kind: 'date' },
        ]}
      />
      <EventList />
      <EventDrawer />
    </Page>
  );
}

function useEventFilters() {
  const parameters = useUrlParameters();
  const { id } = useIntegrationChoice();
  const of = (name: string) => parameters.get(name) ?? undefined;
  return {
    integration_id: id,
    state: of('state'),
    event_type: of('event_type'),
    from: of('from'),
    to: of('to'),
  } as NonNullable<ListWebhookEventsData['query']>;
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
    { name: t('webhooks.received'), show: ({ created_at }) => <Moment at={created_at} /> },
  ];
}

function ReplayChosen({ ids, onDone }: { ids: Id[]; onDone: () => void }) {
  const { t } = useTranslation();
  const replay = useAction({
    run: async () => {
      for (const id of ids) await geniacsService.replayWebhookEvent(Number(id));
    },
    done: () => t('webhooks.replayedMany', { number: ids.length }),
    changes: [['webhook-events']],
    after: onDone,
  });

  return (
    <Button size="xs" onClick={() => replay.start(undefined)} loading={replay.isPending}>
      {t('webhooks.replay')}
    </Button>
  );
}

function ReplayMatching() {
  const { t } = useTranslation();
  const filters = useEventFilters();
  const replay = useAction({
    run: () => geniacsService.replayWebhookEvents(filters),
    done: ({ data }) => {
      // An operation answers only where a filter was frozen.
      const number = 'replayed' in data ? data.replayed : data.operation.total;
      const isMore = 'more' in data && data.more;
      return t(isMore ? 'webhooks.replayedMore' : 'webhooks.replayedMany', { number });
    },
    changes: [['webhook-events']],
  });

  return (
    <ConfirmButton
      words={t('webhooks.replayMatching')}
      title={t('webhooks.replayMatching')}
      onConfirm={() => replay.start(undefined)}
      button={{ loading: replay.isPending }}
    >
      {t('webhooks.replayMatchingHint')}
    </ConfirmButton>
  );
}
