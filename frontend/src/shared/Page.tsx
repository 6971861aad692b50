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

/**
 * The element exists before the page is drawn, so that the tools of a list are in the head from the first moment: if they
 * came later, all below would move, and the scroll position that was just restored with it.
 */
function newSlot(): HTMLElement {
  const slot = document.createElement('div');
  slot.className = 'transparent';
  return slot;
}

/** What every page has: a title, which the browser's tab shows too, and what can be done on it. */
export function Page({ title, about, actions, up, children }: Props) {
  const { t } = useTranslation();
  const name = t('app.name');
  const [slot] = useState(newSlot);
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
            <div ref={(place) => place?.append(slot)} className="transparent" />
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
