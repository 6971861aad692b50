import { Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { AttentionItem } from '../../api/generated';
import { useAttention } from '../../app/useAttention';
import { Ago } from '../../format/Ago';
import { useFormat } from '../../format/useFormat';
import { hasName, useEntityTitle, useNames } from '../../shared/names';
import { Empty, Loaded, Panel } from '../../shared/Panel';
import { useIntegrations } from '../integrations/useIntegrations';

/** What needs attention, worst first, each with the way to its remedy. */
export function Attention() {
  const { t } = useTranslation();
  const attention = useAttention();

  return (
    <Panel title={t('home.attention')}>
      <Loaded query={attention}>
        {({ items, more_items }) =>
          items.length === 0 ? (
            <Empty title={t('home.allWell')} hint={t('home.allWellHint')} />
          ) : (
            <Stack gap="sm" component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
              {items.map((item) => (
                <Matter key={keyOf(item)} item={item} />
              ))}
              {more_items ? <li>{t('home.more')}</li> : null}
            </Stack>
          )
        }
      </Loaded>
    </Panel>
  );
}

const keyOf = ({ kind, integration_id, sync_id, schedule_id }: AttentionItem) =>
  [kind, integration_id, sync_id, schedule_id].join('-');

function Matter({ item }: { item: AttentionItem }) {
  const remedyName = useNames('attentionRemedies');
  const words = useMatterWords(item);
  const cause = useCause(item);
  const isOneOfSeveral = (useIntegrations().data?.data?.integrations?.length ?? 0) > 1;
  const integration = isOneOfSeveral ? item.integration_name : null;

  return (
    <Group component="li" justify="space-between" wrap="nowrap" align="flex-start">
      <div style={{ overflowWrap: 'anywhere', minWidth: 0 }}>
        <Text>{words}</Text>
        <Text size="sm" c="dimmed">
          {[integration, cause].filter(Boolean).join(' · ')}
        </Text>
        <Ago at={item.since} />
      </div>
      <Button
        component={Link}
        to={remedyOf(item)}
        size="xs"
        variant="light"
        style={{ flex: 'none' }}
        aria-label={`${remedyName(item.remedy)}: ${words}`}
      >
        {remedyName(item.remedy)}
      </Button>
    </Group>
  );
}

function useMatterWords(item: AttentionItem): string {
  const { t } = useTranslation();
  const format = useFormat();
  const entityTitle = useEntityTitle();
  const directionName = useNames('directions');
  const values = {
    name: item.integration_name ?? '',
    number: `${format.number(item.count)}${item.more ? '+' : ''}`,
    what: [
      item.entity_type ? entityTitle(item.entity_type) : '',
      item.sync_direction ? directionName(item.sync_direction) : '',
    ]
      .filter(Boolean)
      .join(', '),
  };
  return t(`home.matters.${item.kind}`, values);
}

/** Why, in words, and until when where that is known. */
function useCause({ kind, reason, until }: AttentionItem): string {
  const { t } = useTranslation();
  const format = useFormat();
  const group = kind === 'integration_paused' ? 'waiting' : 'errors';
  const name = useNames(group);

  const why = reason && hasName(group, reason) ? name(reason) : '';
  return [why, until ? t('syncs.retryAt', { at: format.time(until) }) : '']
    .filter(Boolean)
    .join(' ');
}

/** Where the remedy is. */
function remedyOf(item: AttentionItem): string {
  const id = item.integration_id === null ? '' : String(item.integration_id);
  const of = (path: string, filters: Record<string, string> = {}) => {
    const given = Object.entries({ ...filters, integration: id }).filter(([, value]) => value);
    return given.length > 0 ? `${path}?${new URLSearchParams(given)}` : path;
  };

  switch (item.kind) {
    case 'integration_paused':
      return of('/integrations', { id });
    case 'schedule_overdue':
      return of('/schedules', { id: String(item.schedule_id ?? '') });
    case 'sync_failed':
    case 'sync_partial':
      return of(`/syncs/${item.sync_id}`, { tab: 'errors' });
    case 'dead_letters':
      return of('/dead-letters');
    case 'events_set_aside':
      return of('/webhooks', { state: 'set_aside' });
    case 'conflicts_waiting':
      return of('/conflicts');
  }
}
