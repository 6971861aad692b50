import { Card, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { FailurePanel } from './FailurePanel';

type PanelProps = { title?: string | undefined; actions?: ReactNode; children: ReactNode };

/** A part of a page with a heading of its own. */
export function Panel({ title, actions, children }: PanelProps) {
  return (
    <Card withBorder padding="lg" component="section" aria-label={title}>
      <Stack gap="md">
        {title || actions ? (
          <Group justify="space-between" gap="xs">
            <Title order={2} size="h4">
              {title}
            </Title>
            {actions ? <Group gap="xs">{actions}</Group> : null}
          </Group>
        ) : null}
        {children}
      </Stack>
    </Card>
  );
}

type LoadedProps<Data> = { query: UseQueryResult<Data>; children: (data: Data) => ReactNode };

/** What a query gives, in each of its states: on its way, failed (with what was there before), and there. */
export function Loaded<Data>({ query, children }: LoadedProps<Data>) {
  return (
    <>
      {query.isError ? (
        <FailurePanel
          failure={query.error}
          onRetry={() => void query.refetch()}
          shownAsOf={query.data === undefined ? undefined : query.dataUpdatedAt}
        />
      ) : null}
      {query.isLoading ? <Waiting rows={3} /> : null}
      {query.data === undefined ? null : children(query.data)}
    </>
  );
}

/** In place of what is on its way. */
export function Waiting({ rows }: { rows: number }) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs" aria-busy aria-label={t('shared.loading')} role="status">
      {Array.from({ length: rows }, (_, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
        <Skeleton key={place} height={18} width={`${100 - ((place * 17) % 40)}%`} />
      ))}
    </Stack>
  );
}

type EmptyProps = { title: string; hint?: string | undefined; action?: ReactNode };

/** Says why nothing is there, and what to do next. */
export function Empty({ title, hint, action }: EmptyProps) {
  return (
    <Stack gap={4} align="center" py="xl" ta="center">
      <Text fw={600}>{title}</Text>
      {hint ? (
        <Text size="sm" c="dimmed" maw="32rem">
          {hint}
        </Text>
      ) : null}
      {action}
    </Stack>
  );
}
