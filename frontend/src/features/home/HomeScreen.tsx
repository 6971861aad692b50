import { Button, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Integration } from '../../api/generated';
import { useAttention } from '../../app/useAttention';
import { useIntegrationChoice } from '../../app/useIntegrationChoice';
import { dayOf } from '../../format/days';
import { useTimeZone } from '../../format/timeZone';
import { useFormat } from '../../format/useFormat';
import { Page } from '../../shared/Page';
import { Empty, Loaded, Panel } from '../../shared/Panel';
import { HealthNote } from '../integrations/HealthNote';
import { useIntegrations } from '../integrations/useIntegrations';
import { LatestSyncs } from '../syncs/LatestSyncs';
import { FirstSteps } from './FirstSteps';
import { InStep } from './InStep';

/** What needs attention, worst first, each with the way to its remedy. */
export function HomeScreen() {
  const { t } = useTranslation();
  const integrations = useIntegrations();

  return (
    <Page title={t('home.title')}>
      <FirstSteps />
      <Panel title={t('home.attention')}>
        <Loaded query={integrations}>
          {({ data }) => <Attention integrations={data?.integrations ?? []} />}
        </Loaded>
      </Panel>
      <InStep />
      <LatestSyncs />
    </Page>
  );
}

function Attention({ integrations }: { integrations: Integration[] }) {
  const attention = useAttention();
  const paused = integrations.filter(({ health }) => health?.status === 'paused');

  return (
    <Loaded query={attention}>{(counts) => <Matters counts={counts} paused={paused} />}</Loaded>
  );
}

type MattersProps = {
  counts: NonNullable<ReturnType<typeof useAttention>['data']>;
  paused: Integration[];
};

function Matters({ counts, paused }: MattersProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { zone } = useTimeZone();
  const { chosen } = useIntegrationChoice();
  const matters = [
    { of: counts.dead_letters, words: 'home.deadLetters', to: '/dead-letters', go: 'home.look' },
    {
      of: counts.failed_syncs,
      words: 'home.failedSyncs',
      to: `/syncs?status=failed&from=${dayOf(Date.parse(counts.failed_syncs_since), zone)}`,
      go: 'home.look',
    },
    {
      of: counts.events_set_aside,
      words: 'home.setAside',
      to: '/webhooks?state=set_aside',
      go: 'home.look',
    },
    { of: counts.open_conflicts, words: 'home.conflicts', to: '/conflicts', go: 'home.settle' },
  ] as const;
  const waiting = matters.filter(({ of }) => of.count > 0);

  if (waiting.length === 0 && paused.length === 0) {
    return <Empty title={t('home.allWell')} hint={t('home.allWellHint')} />;
  }
  return (
    <Stack gap="sm">
      {paused.map(({ id, name, health }) => (
        <Matter
          key={id}
          words={t('home.paused', { name })}
          to={`/integrations?integration=${id}&id=${id}`}
          go={t(health.reason === 'credentials_refused' ? 'home.credentials' : 'home.look')}
        >
          <HealthNote health={health} />
        </Matter>
      ))}
      {waiting.map(({ of, words, to, go }) => (
        <Matter
          key={to}
          words={t(words, { number: `${format.number(of.count)}${of.more ? '+' : ''}` })}
          to={withIntegration(to, chosen)}
          go={t(go)}
        />
      ))}
    </Stack>
  );
}

/** The counts are those of the chosen integration, so the list behind a count is narrowed to it, too. */
function withIntegration(to: string, chosen: string): string {
  if (chosen === '') return to;
  return `${to}${to.includes('?') ? '&' : '?'}integration=${chosen}`;
}

type MatterProps = { words: string; to: string; go: string; children?: ReactNode };

function Matter({ words, to, go, children }: MatterProps) {
  return (
    <div>
      <Group justify="space-between" wrap="nowrap">
        <Text>{words}</Text>
        <Button component={Link} to={to} size="xs" variant="light" style={{ flex: 'none' }}>
          {go}
        </Button>
      </Group>
      {children}
    </div>
  );
}
