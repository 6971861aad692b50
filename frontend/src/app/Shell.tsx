import { AppShell, Burger, Group, NavLink, ScrollArea, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChartBar, IconPlugConnected } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, Outlet, useLocation } from 'react-router';
import { Preferences } from './Preferences';

const pages = [
  { path: '/integrations', words: 'app.integrations', Icon: IconPlugConnected },
  { path: '/sync-status', words: 'app.syncStatus', Icon: IconChartBar },
] as const;

/** The frame of every page: where one is, where one can go, and how things are shown. */
export function Shell() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const [opened, { toggle, close }] = useDisclosure();

  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 240, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <a className="skip-link" href="#content">
        {t('app.skipToContent')}
      </a>

      <AppShell.Header>
        <Group h="100%" px="md" gap="sm" wrap="nowrap" justify="space-between">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t('app.menu')}
              aria-expanded={opened}
            />
            <Text fw={700}>{t('app.name')}</Text>
          </Group>
          <Preferences />
        </Group>
      </AppShell.Header>

      <AppShell.Navbar p="sm" aria-label={t('app.menu')}>
        <ScrollArea>
          {pages.map(({ path, words, Icon }) => (
            <NavLink
              key={path}
              component={Link}
              to={path}
              label={t(words)}
              leftSection={<Icon size={18} aria-hidden />}
              active={pathname.startsWith(path)}
              aria-current={pathname.startsWith(path) ? 'page' : undefined}
              onClick={close}
            />
          ))}
        </ScrollArea>
      </AppShell.Navbar>

      <AppShell.Main id="content" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}
