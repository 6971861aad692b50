import { IconLink } from '@tabler/icons-react';
import { memo } from 'react';
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
  onOpen: (id: number, body: BodyName | undefined) => void;
  /** The address of this line. */
  address: string;
  isChosen: boolean;
  withSync: boolean;
};

/** One line; its request, answer and context are folded. Plain elements: while one scrolls, hundreds are drawn a second. */
export const LogLine = memo(function LogLine(props: Props) {
  const { entry, opened, onOpen, address, isChosen, withSync } = props;
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
        <span className={`figures ${classes.moment}`}>
          <Moment at={entry.created_at} />
        </span>
        <StatusBadge status={entry.log_level} />
        <span className={classes.message} dir="auto">
          {entry.message}
        </span>
        <Figures entry={entry} />
        <span className={classes.tools}>
          {there.map((name) => (
            <button
              key={name}
              type="button"
              className={classes.body}
              aria-expanded={opened === name}
              onClick={() => onOpen(entry.id, opened === name ? undefined : name)}
            >
              {t(`logs.bodies.${name}`)}
            </button>
          ))}
          {withSync && entry.sync_id !== null ? (
            <Link to={`/syncs/${entry.sync_id}`} className={`figures ${classes.sync}`}>
              {t('syncs.name', { id: entry.sync_id })}
            </Link>
          ) : null}
          <Link to={address} className={classes.body} aria-label={t('logs.link', { id: entry.id })}>
            <IconLink size={14} aria-hidden />
          </Link>
        </span>
      </div>
      {opened ? <Json value={bodies[opened]} /> : null}
    </div>
  );
});

function Figures({ entry }: { entry: LogEntry }) {
  const { t } = useTranslation();
  const format = useFormat();

  return (
    <span className={`figures ${classes.figures}`}>
      {entry.status_code === null ? null : <span>{entry.status_code}</span>}
      {entry.duration_ms === null ? null : (
        <span>{t('logs.duration', { number: format.number(entry.duration_ms) })}</span>
      )}
    </span>
  );
}
