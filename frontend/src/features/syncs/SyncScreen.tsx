import { Alert, Anchor, Button, Group, SimpleGrid, Stack, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import type { Sync } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { ConfirmButton } from '../../shared/Confirm';
import { Fact, Facts } from '../../shared/Facts';
import { useEntityTitle, useNames, useSyncTypeName } from '../../shared/names';
import { Page } from '../../shared/Page';
import { Loaded, Panel } from '../../shared/Panel';
import { useAction } from '../../shared/useAction';
import { useUrlParameter } from '../../shared/useUrlParameter';
import { Json, Value } from '../../shared/Value';
import { LogViewer } from '../logs/LogViewer';
import { SyncErrors } from './SyncErrors';
import { SyncPlan } from './SyncPlan';
import { SyncProgress } from './SyncProgress';

const isUnderWay = ({ status }: Sync) => status === 'pending' || status === 'processing';

/** One run: where it stands, what failed, and what can be done about it. */
export function SyncScreen() {
  const { t } = useTranslation();
  const id = Number(useParams()['id']);
  const query = useQuery({
    queryKey: ['sync', id],
    queryFn: () => geniacsService.getSyncStatus(id),
    // The stream tells of its progress.
    staleTime: Number.POSITIVE_INFINITY,
  });
  const sync = query.data?.data.sync;

  return (
    <Page
      title={t('syncs.name', { id })}
      up={{ to: '/syncs', words: t('syncs.title') }}
      actions={sync ? <SyncActions sync={sync} /> : null}
    >
      <Loaded query={query}>
        {({ data }) => (
          <>
            <Standing sync={data.sync} />
            <SyncTabs sync={data.sync} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function SyncActions({ sync }: { sync: Sync }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const mayAct = useMay('operator');
  const go = ({ data }: { data: { sync: { id: number } } }) => navigate(`/syncs/${data.sync.id}`);
  const cancel = useAction({
    run: () => geniacsService.cancelSync(sync.id),
    done: () => t('syncs.cancelled'),
    changes: [['sync', sync.id], ['syncs']],
  });
  const resume = useAction({
    run: () => geniacsService.resumeSync(sync.id),
    changes: [['syncs']],
    after: go,
  });
  if (!mayAct) return null;

  const { processed_records: processed, total_records: total } = sync.progress;
  // One that was stopped after its last record has nothing to go on with.
  const hasMore = total === null || processed < total;
  const canResume = ['failed', 'cancelled'].includes(sync.status) && hasMore;
  return (
    <>
      {isUnderWay(sync) ? (
        <ConfirmButton
          words={t('syncs.cancel')}
          confirm={t('syncs.stop')}
          title={t('syncs.cancelTitle')}
          onConfirm={() => cancel.start(undefined)}
          button={{ loading: cancel.isPending }}
        >
          {t('syncs.cancelHint')}
        </ConfirmButton>
      ) : null}
      {canResume ? (
        <Button onClick={() => resume.start(undefined)} loading={resume.isPending}>
          {t('syncs.resume')}
        </Button>
      ) : null}
    </>
  );
}

function Standing({ sync }: { sync: Sync }) {
  const { t } = useTranslation();

  return (
    <>
      <Panel>
        <SyncProgress sync={sync} />
        <Notes sync={sync} />
        <Counts sync={sync} />
      </Panel>
      <Panel title={t('syncs.chain.title')}>
        <Origin sync={sync} />
      </Panel>
    </>
  );
}

/** Why it does not go on, or why nothing happened, in words. */
function Notes({ sync }: { sync: Sync }) {
  const { t } = useTranslation();
  const format = useFormat();
  const waiting = useNames('waiting');
  const errorName = useNames('errors');
  const { summary } = sync;
  const changed = summary.created + summary.updated + summary.deleted;
  const isQuiet = sync.status === 'success' && changed === 0 && !sync.dry_run && !sync.check;

  const notes: ReactNode[] = [
    sync.kind === 'preview' ? t('syncs.dryRunNote') : null,
    sync.kind === 'check' ? t('syncs.checkNote') : null,
    sync.waiting_for ? waiting(sync.waiting_for) : null,
    sync.status === 'pending' && !sync.waiting_for && !sync.next_retry_at ? t('syncs.waits') : null,
    isUnderWay(sync) && sync.next_retry_at
      ? t('syncs.retryAt', { at: format.time(sync.next_retry_at) })
      : null,
    sync.stalled ? t('syncs.stalled') : null,
    isQuiet && sync.progress.failed_records === 0 ? t('syncs.nothingChanged') : null,
  ].filter(Boolean);

  return (
    <>
      {notes.map((note) => (
        <Alert key={String(note)} color="cyan" variant="light" role="status">
          {note}
        </Alert>
      ))}
      {sync.error_type ? (
        <Alert color="red" variant="light" title={errorName(sync.error_type)}>
          {sync.error_message}
        </Alert>
      ) : null}
    </>
  );
}

function Counts({ sync }: { sync: Sync }) {
  const { t } = useTranslation();
  const format = useFormat();
  const names = [
    'created',
    'updated',
    'unchanged',
    'skipped',
    'deleted',
    'conflicts',
    'failed',
  ] as const;
  // The lists behind the numbers, where there are any.
  const to: { [name in (typeof names)[number]]?: string } = {
    failed: `/syncs/${sync.id}?tab=errors`,
    conflicts: `/conflicts?state=any&integration=${sync.integration_id}&entity_type=${sync.entity_type}`,
  };

  return (
    <SimpleGrid cols={{ base: 2, xs: 4, md: 7 }} spacing="sm">
      {names.map((name) => (
        <div key={name}>
          <Text size="xs" c="dimmed">
            {t(`syncs.summary.${name}`)}
          </Text>
          <Text
            fw={600}
            className="figures"
            c={name === 'failed' && sync.summary.failed > 0 ? 'red' : undefined}
          >
            {to[name] && sync.summary[name] > 0 ? (
              <Anchor component={Link} to={to[name]} inherit c="inherit">
                {format.number(sync.summary[name])}
              </Anchor>
            ) : (
              format.number(sync.summary[name])
            )}
          </Text>
        </div>
      ))}
    </SimpleGrid>
  );
}

function Origin({ sync }: { sync: Sync }) {
  const { t } = useTranslation();
  const format = useFormat();
  const entityTitle = useEntityTitle();
  const typeName = useSyncTypeName();
  const directionName = useNames('directions');
  const kindName = useNames('kinds');
  const causeName = useNames('causes');
  const phaseName = useNames('phases');
  const chain = (['retry_of', 'resume_of', 'plan_of'] as const).flatMap((name) => {
    const earlier = sync[name];
    return earlier === null ? [] : [{ name, earlier }];
  });

  return (
    <Stack gap="xs">
      <Facts>
        <Fact name={t('shared.entity')}>{entityTitle(sync.entity_type)}</Fact>
        <Fact name={t('syncs.direction')}>{directionName(sync.sync_direction)}</Fact>
        <Fact name={t('syncs.type')}>{typeName(sync.sync_type)}</Fact>
        <Fact name={t('syncs.kind')}>{kindName(sync.kind)}</Fact>
        <Fact name={t('syncs.by')}>
          {sync.started_by
            ? `${causeName(sync.started_by.type)} ${sync.started_by.name ?? ''}`
            : null}
        </Fact>
        <Fact name={t('syncs.phase')}>
          {sync.phase && isUnderWay(sync) ? phaseName(sync.phase) : null}
        </Fact>
        <Fact name={t('syncs.chain.filters')}>
          <Asked sync={sync} />
        </Fact>
        <Fact name={t('syncs.started')}>
          <Moment at={sync.started_at} />
        </Fact>
        <Fact name={t('syncs.duration')}>
          {sync.duration_seconds === null
            ? null
            : t('syncs.seconds', { number: format.number(sync.duration_seconds) })}
        </Fact>
      </Facts>
      {chain.map(({ name, earlier }) => (
        <Anchor key={name} component={Link} to={`/syncs/${earlier}`} size="sm">
          {t(`syncs.chain.${name}`, { id: earlier })}
        </Anchor>
      ))}
    </Stack>
  );
}

/** The filters and the options that are not as usual. */
function Asked({ sync: { filters, options, named_ids, kind } }: { sync: Sync }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { ids: _, ...others } = filters;
  const usual: Record<string, unknown> = { create_missing: true, update_existing: true };
  const asked = [
    ...Object.entries(others),
    ...Object.entries(options).filter(
      ([name, value]) => value !== (usual[name] ?? false) && value !== 'queue',
    ),
  ];

  return (
    <>
      {named_ids && kind !== 'retry' ? (
        <div>{t('syncs.named', { number: format.number(named_ids) })}</div>
      ) : null}
      {asked.map(([name, value]) => (
        <div key={name}>
          {name}: <Value value={value} />
        </div>
      ))}
      {asked.length === 0 && (!named_ids || kind === 'retry') ? '–' : null}
    </>
  );
}

/** What was asked, what the first record became, and what was answered. */
function SyncData({ sync }: { sync: Sync }) {
  const { t } = useTranslation();
  const bodies = [
    { words: t('syncs.request'), body: sync.data },
    { words: t('syncs.mapped'), body: sync.mapped_data },
    { words: t('syncs.response'), body: sync.response_data },
  ];

  return bodies.map(({ words, body }) => (
    <Panel key={words} title={words}>
      <Json value={body ?? null} />
    </Panel>
  ));
}

function SyncLog({ sync }: { sync: Sync }) {
  const filters = useMemo(() => ({ sync_id: sync.id }), [sync.id]);
  return (
    <LogViewer key={sync.id} filters={filters} syncId={sync.id} isUnderWay={isUnderWay(sync)} />
  );
}

function SyncTabs({ sync }: { sync: Sync }) {
  const { t } = useTranslation();
  const format = useFormat();
  const hasPlan = sync.dry_run || sync.check;
  const [tab, setTab] = useUrlParameter('tab', hasPlan ? 'plan' : 'errors');
  const failed = sync.progress.failed_records;

  return (
    <Tabs value={tab} onChange={(next) => setTab(next ?? 'errors')} keepMounted={false}>
      <Tabs.List mb="md">
        <Group gap={0}>
          <Tabs.Tab value="errors">
            {t('syncs.tabs.errors')} {failed > 0 ? `(${format.number(failed)})` : ''}
          </Tabs.Tab>
          {hasPlan ? <Tabs.Tab value="plan">{t('syncs.tabs.plan')}</Tabs.Tab> : null}
          <Tabs.Tab value="log">{t('syncs.tabs.log')}</Tabs.Tab>
          <Tabs.Tab value="data">{t('syncs.tabs.data')}</Tabs.Tab>
        </Group>
      </Tabs.List>
      <Tabs.Panel value="errors">
        <SyncErrors sync={sync} />
      </Tabs.Panel>
      <Tabs.Panel value="plan">
        <SyncPlan sync={sync} />
      </Tabs.Panel>
      <Tabs.Panel value="data">
        <Stack>
          <SyncData sync={sync} />
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="log">
        <SyncLog sync={sync} />
      </Tabs.Panel>
    </Tabs>
  );
}
