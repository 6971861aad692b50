import { Button, Group, List, Text, ThemeIcon } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCheck, IconCircle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Integration } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { FailurePanel } from '../../shared/FailurePanel';
import { Panel } from '../../shared/Panel';
import { useAction } from '../../shared/useAction';
import { ConnectionTestResult } from '../integrations/ConnectionTestResult';
import { integrationsKey, useIntegrations } from '../integrations/useIntegrations';
import { useConnectionTest, useTested } from '../integrations/useTested';
import { TriggerDialog } from '../syncs/TriggerDialog';

/** From nothing to both sides in step: four steps that tick themselves off. Gone once all are done. */
export function FirstSteps() {
  const { t } = useTranslation();
  const tested = useTested();
  const { data } = useIntegrations();
  if (!data) return null;

  const integrations = data.data?.integrations ?? [];
  const waiting = integrations.find(({ configuration }) => configuration?.auto_sync === false);
  if (integrations.length > 0 && !waiting) return null;

  const hasSynced = (waiting?.sync_status?.total_syncs ?? 0) > 0;
  const isTested = hasSynced || (waiting !== undefined && tested.includes(waiting.id));
  const steps = [
    { name: 'connect', isDone: waiting !== undefined, to: '/integrations' },
    { name: 'test', isDone: isTested, to: undefined },
    { name: 'dryRun', isDone: hasSynced, to: undefined },
    { name: 'switchOn', isDone: false, to: undefined },
  ] as const;
  const next = steps.findIndex(({ isDone }) => !isDone);

  return (
    <Panel title={t('home.firstSteps')}>
      <List spacing="sm" center listStyleType="none">
        {steps.map(({ name, isDone, to }, place) => (
          <List.Item
            key={name}
            icon={
              <ThemeIcon
                size="sm"
                radius="xl"
                variant={isDone ? 'filled' : 'light'}
                color={isDone ? 'green' : 'gray'}
              >
                {isDone ? (
                  <IconCheck size={14} aria-label={t('home.done')} />
                ) : (
                  <IconCircle size={14} aria-hidden />
                )}
              </ThemeIcon>
            }
          >
            <Group gap="sm">
              <div>
                <Text size="sm" fw={place === next ? 600 : undefined}>
                  {t(`home.steps.${name}`)}
                </Text>
                <Text size="xs" c="dimmed">
                  {t(`home.steps.${name}Hint`)}
                </Text>
              </div>
              {to && !isDone ? (
                <Button component={Link} to={to} size="compact-sm" variant="light">
                  {t('home.go')}
                </Button>
              ) : null}
              {name === 'test' && waiting && !isDone ? <Test id={waiting.id} /> : null}
              {name === 'dryRun' && waiting && !isDone ? <DryRun /> : null}
              {name === 'switchOn' && waiting && hasSynced ? (
                <SwitchOn integration={waiting} />
              ) : null}
            </Group>
          </List.Item>
        ))}
      </List>
    </Panel>
  );
}

function Test({ id }: { id: number }) {
  const { t } = useTranslation();
  const mayTest = useMay('operator');
  const test = useConnectionTest();
  const result = test.data?.data.connection_test;
  if (!mayTest) return null;

  return (
    <>
      <Button
        size="compact-sm"
        variant="light"
        onClick={() => test.mutate(id)}
        loading={test.isPending}
      >
        {t('integrations.test')}
      </Button>
      {test.isError ? <FailurePanel failure={test.error} /> : null}
      {result?.status === 'failed' ? (
        <ConnectionTestResult result={result} onClose={test.reset} />
      ) : null}
    </>
  );
}

function DryRun() {
  const { t } = useTranslation();
  const mayStart = useMay('operator');
  const [opened, { open, close }] = useDisclosure();
  if (!mayStart) return null;

  return (
    <>
      <Button size="compact-sm" variant="light" onClick={open}>
        {t('home.dryRun')}
      </Button>
      {opened ? <TriggerDialog onClose={close} isDryRun /> : null}
    </>
  );
}

function SwitchOn({ integration }: { integration: Integration }) {
  const { t } = useTranslation();
  const mayChange = useMay('admin');
  const switchOn = useAction({
    run: () =>
      geniacsService.editIntegration({
        id: integration.id,
        version: integration.version,
        change: { configuration: { ...integration.configuration, auto_sync: true } },
      }),
    done: () => t('home.switchedOn', { name: integration.name }),
    changes: [integrationsKey],
  });
  if (!mayChange) return null;

  return (
    <Button
      size="compact-sm"
      onClick={() => switchOn.start(undefined)}
      loading={switchOn.isPending}
    >
      {t('home.switchOn')}
    </Button>
  );
}
