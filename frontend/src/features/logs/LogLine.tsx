import { ActionIcon, Anchor, Button, Group, Text } from '@mantine/core';
import { IconLink } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { LogEntry } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { useFormat } from '../../format/useFormat';
import { StatusBadge } from '../../shared/StatusBadge';
import { Json } from '../../shared/Value';
import classes from './LogViewer.module.css';

const bodyNames = ['context', 'request', 'response'] as const;
export type BodyName = (typeof bodyNames)[number];

type Props = {
  entry: LogEntry;
  opened: BodyName | undefined;
  onOpen: (body: BodyName | undefined) => void;
  /** The address of this line. */
  address: string;
  isChosen: boolean;
  withSync: boolean;
};

/** One line; its request, answer and context are folded. */
export function LogLine({ entry, opened, onOpen, address, isChosen, withSync }: Props) {
  const { t } = useTranslation();
  const bodies = {
    context: entry.context,
    request: entry.request_data,
    response: entry.response_data,
  };
  const there = bodyNames.filter((name) => bodies[name] !== null && bodies[name] !== undefined);

  return (
    <div className={classes.line} data-chosen={isChosen || undefined}>
      <div className={classes.head}>
        <Text size="xs" className={`figures ${classes.moment}`} c="dimmed">
          <Moment at={entry.created_at} />
        </Text>
        <StatusBadge status={entry.log_level} />
        <Text size="sm" className={classes.message} dir="auto">
          {entry.message}
        </Text>
        <Figures entry={entry} />
        <Group gap={2} wrap="nowrap" className={classes.tools}>
          {there.map((name) => (
            <Button
              key={name}
              size="compact-xs"
              variant={opened === name ? 'light' : 'subtle'}
              color="gray"
              aria-expanded={opened === name}
              onClick={() => onOpen(opened === name ? undefined : name)}
            >
              {t(`logs.bodies.${name}`)}
            </Button>
          ))}
          {withSync && entry.sync_id !== null ? (
            <Anchor component={Link} to={`/syncs/${entry.sync_id}`} size="xs" className="figures">
              {t('syncs.name', { id: entry.sync_id })}
            </Anchor>
          ) : null}
          <ActionIcon
            component={Link}
            to={address}
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={t('logs.link', { id: entry.id })}
          >
            <IconLink size={14} aria-hidden />
          </ActionIcon>
        </Group>
      </div>
      {opened ? <Json value={bodies[opened]} /> : null}
    </div>
  );
}

function Figures({ entry }: { entry: LogEntry }) {
  const { t } = useTranslation();
  const format = useFormat();

  return (
    <Text size="xs" c="dimmed" className={`figures ${classes.figures}`}>
      {entry.status_code === null ? null : <span>{entry.status_code}</span>}
      {entry.duration_ms === null ? null : (
        <span>{t('logs.duration', { number: format.number(entry.duration_ms) })}</span>
      )}
    </Text>
  );
}
