import { Badge } from '@mantine/core';
import { useNames } from './names';

const COLORS: Record<string, string> = {
  success: 'green',
  processed: 'green',
  resolved: 'green',
  in_step: 'green',
  run: 'green',
  active: 'green',
  alive: 'green',
  requeued: 'green',
  sent: 'green',
  partial: 'orange',
  warning: 'orange',
  paused: 'orange',
  missed: 'orange',
  differs: 'orange',
  failed: 'red',
  set_aside: 'red',
  conflict: 'red',
  error: 'red',
  critical: 'red',
  unreadable: 'red',
  silent: 'red',
  processing: 'blue',
  open: 'blue',
  received: 'blue',
  waiting: 'blue',
};

/** A state as a word; its colour only helps. */
export function StatusBadge({ status }: { status: string }) {
  const name = useNames('statuses');
  return (
    <Badge color={COLORS[status] ?? 'gray'} variant="light" tt="none" miw="max-content">
      {name(status)}
    </Badge>
  );
}
