import { Anchor, Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { ToolsSlot } from './list/ToolsSlot';

type Props = {
  title: string;
  about?: ReactNode;
  actions?: ReactNode;
  /** The page above this one. */
  up?: { to: string; words: string };
  children: ReactNode;
};

/** What every page has: a title, which the browser's tab shows too, and what can be done on it. */
export function Page({ title, about, actions, up, children }: Props) {
  const { t } = useTranslation();
  const name = t('app.name');
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  useEffect(() => {
    document.title = `${title} · ${name}`;
  }, [title, name]);

  return (
    <Stack gap="lg">
      <div>
        {up ? (
          <Anchor component={Link} to={up.to} size="sm">
            ‹ {up.words}
          </Anchor>
        ) : null}
        <Group justify="space-between" align="center" gap="sm">
          <Title order={1} size="h2" style={{ overflowWrap: 'anywhere' }}>
            {title}
          </Title>
          <Group gap="xs">
            <div ref={setSlot} style={{ display: 'contents' }} />
            {actions}
          </Group>
        </Group>
        {about ? (
          <Text c="dimmed" size="sm" mt={4} maw="48rem">
            {about}
          </Text>
        ) : null}
      </div>
      <ToolsSlot value={slot}>{children}</ToolsSlot>
    </Stack>
  );
}
