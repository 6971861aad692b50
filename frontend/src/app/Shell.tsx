import {
  Alert,
  AppShell,
  Badge,
  Burger,
  Group,
  NativeSelect,
  NavLink,
  ScrollArea,
  Text,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Outlet, ScrollRestoration, useLocation } from 'react-router';
import { useIntegrations } from '../features/integrations/useIntegrations';
import { useFormat } from '../format/useFormat';
import { useConnection } from '../live/Live';
import { useMay } from '../session/session';
import { tellUrlChanged } from '../shared/useUrlParameter';
import { NewVersion } from './NewVersion';
import { Preferences } from './Preferences';
import { pageGroups } from './pages';
import { Search } from './Search';
import { Shortcuts } from './Shortcuts';
import { useAttention } from './useAttention';
import { useIntegrationChoice } from './useIntegrationChoice';

/** The frame of every page: where one is, where one can go, and how things are shown. */
export function Shell() {
  const { t } = useTranslation();
  const location = useLocation();
  const [opened, { toggle, close }] = useDisclosure();
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change of the location that is told
  useEffect(tellUrlChanged, [location]);

  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 230, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <a className="skip-link" href="#content">
        {t('app.skipToContent')}
      </a>

      <AppShell.Header>
        <Group
          h="100%"
          px={{ base: 'xs', xs: 'md' }}
          gap="xs"
          wrap="nowrap"
          justify="space-between"
        >
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t('app.menu')}
              aria-expanded={opened}
            />
            <Text fw={700} className="app-name">
              {t('app.name')}
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap" style={{ minWidth: 0 }}>
            <ConnectionNote />
            <IntegrationSwitch />
            <Search />
            <Shortcuts />
            <Preferences />
          </Group>
        </Group>
      </AppShell.Header>

      <AppShell.Navbar p="xs" aria-label={t('app.menu')}>
        <ScrollArea type="hover" scrollbarSize={6}>
          <Menu pathname={location.pathname} onChoose={close} />
        </ScrollArea>
      </AppShell.Navbar>

      <AppShell.Main id="content" tabIndex={-1} className="content">
        <LostBanner />
        <NewVersion />
        <Outlet />
        <ScrollRestoration />
      </AppShell.Main>
    </AppShell>
  );
}

type MenuProps = { pathname: string; onChoose: () => void };

function Menu({ pathname, onChoose }: MenuProps) {
  const { t } = useTranslation();
  const isAdmin = useMay('admin');
  const { chosen } = useIntegrationChoice();
  const attention = useAttention().data;
  const search = chosen ? `?integration=${chosen}` : '';

  return pageGroups.map(({ words: groupWords, pages }) => (
    <div key={groupWords ?? 'top'}>
      {groupWords ? (
        <Text size="xs" c="dimmed" fw={600} px="sm" pt={6} pb={2}>
          {t(groupWords)}
        </Text>
      ) : null}
      {pages
        .filter(({ role }) => role !== 'admin' || isAdmin)
        .map(({ path, words, Icon, count }) => {
          const waiting = count ? attention?.[count] : undefined;
          const isHere = path === '/' ? pathname === '/' : pathname.startsWith(path);
          return (
            <NavLink
              key={path}
              component={Link}
              to={`${path}${search}`}
              label={t(words)}
              leftSection={<Icon size={18} aria-hidden />}
              rightSection={waiting && waiting.count > 0 ? <Waiting {...waiting} /> : null}
              active={isHere}
              aria-current={isHere ? 'page' : undefined}
              onClick={onChoose}
              py={4}
              className="menu-link"
            />
          );
        })}
    </div>
  ));
}

/** How much waits for a person there. */
function Waiting({ count, more }: { count: number; more: boolean }) {
  const format = useFormat();
  return (
    <Badge color="red" variant="light" size="sm" className="figures">
      {format.number(count)}
      {more ? '+' : ''}
    </Badge>
  );
}

function IntegrationSwitch() {
  const { t } = useTranslation();
  const { data } = useIntegrations();
  const { chosen, choose } = useIntegrationChoice();
  const choices = (data?.data?.integrations ?? []).map(({ id, name }) => ({
    value: String(id),
    label: name,
  }));

  return (
    <NativeSelect
      aria-label={t('app.integration')}
      value={chosen}
      onChange={({ currentTarget }) => choose(currentTarget.value)}
      data={[{ value: '', label: t('shared.allIntegrations') }, ...choices]}
      className="integration-switch"
    />
  );
}

/** Whether what is shown is kept up to date. */
function ConnectionNote() {
  const { t } = useTranslation();
  const { state } = useConnection();

  return (
    <Text
      size="sm"
      c={state === 'lost' ? 'red' : 'dimmed'}
      role="status"
      className="connection"
      data-state={state}
    >
      {t(`app.connection.${state}`)}
    </Text>
  );
}

function LostBanner() {
  const { t } = useTranslation();
  const format = useFormat();
  const { state, since } = useConnection();
  if (state !== 'lost') return null;

  return (
    <Alert color="orange" variant="light" mb="md" icon={<IconPlugConnectedX aria-hidden />}>
      {t('app.connection.banner', { at: format.time(since) })}
    </Alert>
  );
}
