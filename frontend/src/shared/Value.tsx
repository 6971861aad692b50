import { Code, Text } from '@mantine/core';
import classes from './Value.module.css';

/** A value of any kind, as text. */
export function Value({ value }: { value: unknown }) {
  if (value === null || value === undefined)
    return (
      <Text span c="dimmed">
        –
      </Text>
    );
  if (value === '')
    return (
      <Text span c="dimmed">
        “”
      </Text>
    );
  return (
    <span className={classes.value}>
      {typeof value === 'object' ? JSON.stringify(value) : String(value)}
    </span>
  );
}

/** A body as it was sent. */
export function Json({ value }: { value: unknown }) {
  return (
    <Code block className={classes.json} tabIndex={0}>
      {JSON.stringify(value, null, 2)}
    </Code>
  );
}
