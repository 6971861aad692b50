import { Alert, Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../api/failure';
import { Moment } from '../format/Moment';
import { useFailureWords } from './useFailureWords';

type Props = {
  failure: unknown;
  onRetry?: (() => void) | undefined;
  /** When the data that is still shown was fetched. */
  shownAsOf?: number | undefined;
};

/** Tells why something could not be loaded, what to do, and what to quote to whoever looks into it. */
export function FailurePanel({ failure, onRetry, shownAsOf }: Props) {
  const { t } = useTranslation();
  const words = useFailureWords();
  const wait = useCountdown(failure, onRetry);
  const requestId = failure instanceof ApiFailure ? failure.requestId : undefined;

  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={t('common.failed')}
    >
      <Stack gap="xs">
        <Text size="sm">{words(failure)}</Text>
        {shownAsOf ? (
          <Text size="sm">
            {t('common.stale')} <Moment at={new Date(shownAsOf).toISOString()} />
          </Text>
        ) : null}
        <Group gap="sm">
          {onRetry ? (
            <Button size="xs" variant="default" onClick={onRetry} disabled={wait > 0}>
              {wait > 0 ? t('common.retryIn', { seconds: wait }) : t('common.retry')}
            </Button>
          ) : null}
          {requestId ? <RequestId id={requestId} /> : null}
        </Group>
      </Stack>
    </Alert>
  );
}

function RequestId({ id }: { id: string }) {
  const { t } = useTranslation();

  return (
    <CopyButton value={id}>
      {({ copied, copy }) => (
        <Group gap={6} wrap="nowrap">
          <Code>{id}</Code>
          <Button size="compact-xs" variant="subtle" onClick={copy}>
            {copied ? t('common.copied') : t('common.copyRequestId')}
          </Button>
        </Group>
      )}
    </CopyButton>
  );
}

/** Seconds until the gateway wants to be asked again; a read is asked again then. */
function useCountdown(failure: unknown, onEnd: (() => void) | undefined): number {
  const [left, setLeft] = useState(0);
  const atEnd = useRef(onEnd);
  useEffect(() => {
    atEnd.current = onEnd;
  });

  useEffect(() => {
    let seconds = failure instanceof ApiFailure ? (failure.retryAfter ?? 0) : 0;
    setLeft(seconds);
    if (seconds === 0) return;

    const ticking = setInterval(() => {
      seconds -= 1;
      setLeft(seconds);
      if (seconds > 0) return;
      clearInterval(ticking);
      atEnd.current?.();
    }, 1000);
    return () => clearInterval(ticking);
  }, [failure]);

  return left;
}
