import { ActionIcon, Anchor, Button, Group, Menu, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Integration, Schedule } from '../../api/generated';
import { useIntegrationChoice } from '../../app/useIntegrationChoice';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { ConfirmDialog } from '../../shared/Confirm';
import type { Column } from '../../shared/list/DataTable';
import { ListPanel } from '../../shared/list/ListPanel';
import { useWholeList } from '../../shared/list/useWholeList';
import { useEntityTitle, useNames, useSyncTypeName } from '../../shared/names';
import { Page } from '../../shared/Page';
import { StatusBadge } from '../../shared/StatusBadge';
import { useAction } from '../../shared/useAction';
import { changeUrl, useUrlParameters } from '../../shared/useUrlParameter';
import { useIntegrations } from '../integrations/useIntegrations';
import { ScheduleDialog } from './ScheduleDialog';
import { Ticks } from './Ticks';
import { useCronWords } from './useCronWords';

/** What starts by itself, and when. */
export function SchedulesScreen() {
  const { t } = useTranslation();
  const mayChange = useMay('admin');
  const { id: integrationId } = useIntegrationChoice();
  const [edited, setEdited] = useState<Schedule | 'new' | null>(null);
  const columns = useScheduleColumns(setEdited);
  const chosen = Number(useUrlParameters().get('id') ?? '');
  const list = useWholeList({
    queryKey: ['schedules', integrationId],
    load: async () => {
      const { data } = await geniacsService.getSchedules({
        ...(integrationId === undefined ? {} : { integration_id: integrationId }),
      });
      return data.schedules;
    },
  });
  const ticking = list.all.find(({ id }) => id === chosen);

  return (
    <Page
      title={t('schedules.title')}
      about={t('schedules.about')}
      actions={
        mayChange ? <Button onClick={() => setEdited('new')}>{t('schedules.add')}</Button> : null
      }
    >
      <ListPanel
        caption={t('schedules.title')}
        list={list}
        columns={columns}
        rowId={({ id }) => id}
        empty={{ title: t('schedules.empty'), hint: t('schedules.emptyHint') }}
      />
      {ticking ? <Ticks key={ticking.id} schedule={ticking} /> : null}
      {edited === null ? null : (
        <ScheduleDialog
          schedule={edited === 'new' ? undefined : edited}
          onClose={() => setEdited(null)}
        />
      )}
    </Page>
  );
}

function useScheduleColumns(onEdit: (schedule: Schedule) => void): Column<Schedule>[] {
  const { t } = useTranslation();
  const inWords = useCronWords();
  const entityTitle = useEntityTitle();
  const typeName = useSyncTypeName();
  const directionName = useNames('directions');

  return [
    {
      name: t('schedules.name'),
      show: ({ id, name }) => (
        <Anchor
          component="button"
          type="button"
          ta="start"
          onClick={() => changeUrl({ id: String(id) })}
        >
          {name}
        </Anchor>
      ),
    },
    {
      name: t('schedules.what'),
      show: ({ entity_type, sync_type, configuration }) => (
        <div>
          <Text size="sm">{entityTitle(entity_type)}</Text>
          <Text size="xs" c="dimmed">
            {directionName(configuration.sync_direction ?? 'to_geniacs')} · {typeName(sync_type)}
          </Text>
        </div>
      ),
    },
    {
      name: t('schedules.when'),
      show: ({ cron_expression, time_zone }) => (
        <div>
          <Text size="sm">{inWords(cron_expression)}</Text>
          <Text size="xs" c="dimmed">
            {time_zone}
          </Text>
        </div>
      ),
    },
    {
      name: t('shared.status'),
      show: (schedule) => <State schedule={schedule} />,
    },
    {
      name: t('schedules.next'),
      show: ({ is_active, next_run_at }) => (is_active ? <Moment at={next_run_at} /> : '–'),
    },
    { name: t('schedules.last'), show: ({ last_run_at }) => <Moment at={last_run_at} /> },
    {
      name: t('shared.actions'),
      isAtEnd: true,
      show: (schedule) => <Actions schedule={schedule} onEdit={onEdit} />,
    },
  ];
}

/** Whether it is switched on, and what of its integration keeps it from starting anything. */
function State({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation();
  const integrations = useIntegrations().data?.data?.integrations ?? [];
  const integration = integrations.find(({ id }) => id === schedule.integration_id);
  const cause = integration && schedule.is_active ? whyBlocked(integration) : undefined;

  return (
    <>
      <StatusBadge status={schedule.is_active ? (cause ? 'paused' : 'active') : 'disabled'} />
      {cause ? (
        <Text size="xs" c="dimmed">
          {t(`schedules.blocked.${cause}`)}
        </Text>
      ) : null}
    </>
  );
}

/** The order is the scheduler's, which gives the same reasons for the ticks that it leaves out. */
function whyBlocked({ is_active, sync_enabled, configuration }: Integration) {
  if (!is_active) return 'inactive';
  if (!sync_enabled) return 'syncDisabled';
  return configuration?.auto_sync === false ? 'autoSyncOff' : undefined;
}

type ActionsProps = { schedule: Schedule; onEdit: (schedule: Schedule) => void };

function Actions({ schedule, onEdit }: ActionsProps) {
  const { t } = useTranslation();
  const mayRun = useMay('operator');
  const mayChange = useMay('admin');
  const { id, version, is_active, name } = schedule;
  const run = useAction({
    run: () => geniacsService.runSchedule(id),
    done: ({ data }) => t('schedules.started', { id: data.sync.id }),
    changes: [['schedules'], ['syncs']],
  });
  const toggle = useAction({
    run: () => geniacsService.editSchedule({ id, version, change: { is_active: !is_active } }),
    changes: [['schedules']],
  });
  const remove = useAction({
    run: () => geniacsService.deleteSchedule({ id, version }),
    changes: [['schedules']],
  });

  const [removing, { open, close }] = useDisclosure();

  return (
    <Group gap={4} justify="flex-end" wrap="nowrap">
      {mayRun ? (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => run.start(undefined)}
          loading={run.isPending}
        >
          {t('schedules.run')}
        </Button>
      ) : null}
      {mayChange ? (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon
              variant="default"
              aria-label={t('schedules.moreOf', { name })}
              loading={toggle.isPending || remove.isPending}
            >
              <IconDots size={16} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => toggle.start(undefined)}>
              {t(is_active ? 'schedules.pause' : 'schedules.goOn')}
            </Menu.Item>
            <Menu.Item onClick={() => onEdit(schedule)}>{t('shared.edit')}</Menu.Item>
            <Menu.Item onClick={open}>{t('shared.delete')}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ) : null}
      <ConfirmDialog
        opened={removing}
        onClose={close}
        confirm={t('shared.delete')}
        title={t('schedules.remove', { name })}
        onConfirm={() => remove.start(undefined)}
      />
    </Group>
  );
}
