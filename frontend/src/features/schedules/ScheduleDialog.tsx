import { List, SimpleGrid, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type {
  CatchUp,
  EntityType,
  NewSchedule,
  Overlap,
  Schedule,
  SyncDirection,
  SyncType,
} from '../../api/generated';
import { useOneIntegration } from '../../app/useIntegrationChoice';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import type { FieldSpec } from '../../shared/form/Fields';
import { FormDialog } from '../../shared/form/FormDialog';
import { entityTypes, useEntityTitle, useNames, useSyncTypeName } from '../../shared/names';
import { Loaded } from '../../shared/Panel';
import { useIntegrations } from '../integrations/useIntegrations';
import { useCronWords } from './useCronWords';

const TYPING_PAUSE_MS = 300;

const presets = [
  { name: 'minutes5', cron: '*/5 * * * *' },
  { name: 'minutes15', cron: '*/15 * * * *' },
  { name: 'hourly', cron: '0 * * * *' },
  { name: 'daily', cron: '0 2 * * *' },
  { name: 'weekly', cron: '0 3 * * 1' },
] as const;

type ScheduleForm = {
  name: string;
  integration_id: string;
  entity_type: EntityType;
  sync_type: SyncType;
  sync_direction: SyncDirection;
  preset: string;
  cron_expression: string;
  time_zone: string;
  overlap: Overlap;
  catch_up: CatchUp;
  jitter_seconds: string;
  is_active: boolean;
};

function formOf(schedule: Schedule | undefined, integrationId: number | undefined): ScheduleForm {
  return {
    name: schedule?.name ?? '',
    integration_id: String(schedule?.integration_id ?? integrationId ?? ''),
    entity_type: schedule?.entity_type ?? 'customers',
    sync_type: schedule?.sync_type ?? 'incremental',
    sync_direction: schedule?.configuration.sync_direction ?? 'to_geniacs',
    preset: '',
    cron_expression: schedule?.cron_expression ?? '*/15 * * * *',
    time_zone: schedule?.time_zone ?? 'Asia/Jakarta',
    overlap: schedule?.overlap ?? 'skip',
    catch_up: schedule?.catch_up ?? 'one',
    jitter_seconds: String(schedule?.jitter_seconds ?? 0),
    is_active: schedule?.is_active ?? true,
  };
}

function bodyOf(form: ScheduleForm, schedule: Schedule | undefined): NewSchedule {
  const { preset, integration_id, jitter_seconds, sync_direction, ...rest } = form;
  return {
    ...rest,
    cron_expression: preset || form.cron_expression,
    integration_id: Number(integration_id),
    jitter_seconds: Number(jitter_seconds),
    configuration: { ...schedule?.configuration, sync_direction },
  };
}

type Props = { schedule: Schedule | undefined; onClose: () => void };

/** Makes or changes a schedule; what it means is shown while one types. */
export function ScheduleDialog({ schedule, onClose }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const integrationId = useOneIntegration();
  const fields = useScheduleFields();
  const version = useRef(schedule?.version);

  const save = async (form: ScheduleForm) => {
    const body = bodyOf(form, schedule);
    if (schedule) {
      await geniacsService.editSchedule({
        id: schedule.id,
        ...(version.current === undefined ? {} : { version: version.current }),
        change: body,
      });
    } else {
      await geniacsService.createSchedule(body);
    }
    void queries.invalidateQueries({ queryKey: ['schedules'] });
    onClose();
  };
  const load = async () => {
    const { data } = await geniacsService.getSchedule(schedule?.id ?? 0);
    version.current = data.schedule.version;
    return formOf(data.schedule, integrationId);
  };

  return (
    <FormDialog<ScheduleForm>
      title={t(schedule ? 'schedules.edit' : 'schedules.add')}
      submit={t('shared.save')}
      defaults={formOf(schedule, integrationId)}
      fields={fields}
      onSubmit={save}
      onClose={onClose}
      stale={{ load }}
    >
      {(form) => {
        const { preset, cron_expression, time_zone } = form.watch();
        return <Preview cron={preset || cron_expression} zone={time_zone} />;
      }}
    </FormDialog>
  );
}

function useScheduleFields(): FieldSpec<ScheduleForm>[] {
  const { t } = useTranslation();
  const entityTitle = useEntityTitle();
  const typeName = useSyncTypeName();
  const directionName = useNames('directions');
  const overlapName = useNames('overlaps');
  const catchUpName = useNames('catchUps');
  const integrations = useIntegrations().data?.data?.integrations ?? [];
  const choices = (names: readonly string[], words: (name: string) => string) =>
    names.map((value) => ({ value, label: words(value) }));

  return [
    { name: 'name', words: t('schedules.name'), isNeeded: true },
    {
      name: 'integration_id',
      words: t('shared.integration'),
      kind: 'choice',
      choices: integrations.map(({ id, name }) => ({ value: String(id), label: name })),
    },
    {
      name: 'entity_type',
      words: t('shared.entity'),
      kind: 'choice',
      choices: choices(entityTypes, entityTitle),
    },
    {
      name: 'sync_direction',
      words: t('syncs.direction'),
      kind: 'choice',
      choices: choices(['to_geniacs', 'from_geniacs', 'bidirectional'], directionName),
    },
    {
      name: 'sync_type',
      words: t('syncs.type'),
      kind: 'choice',
      choices: choices(['incremental', 'full'], typeName),
    },
    {
      name: 'preset',
      words: t('schedules.preset'),
      kind: 'choice',
      choices: [
        { value: '', label: t('schedules.own') },
        ...presets.map(({ name, cron }) => ({
          value: cron,
          label: t(`schedules.presets.${name}`),
        })),
      ],
    },
    { name: 'cron_expression', words: t('schedules.cron'), hint: t('schedules.cronHint') },
    { name: 'time_zone', words: t('schedules.zone'), isNeeded: true },
    {
      name: 'overlap',
      words: t('schedules.overlap'),
      kind: 'choice',
      choices: choices(['skip', 'queue'], overlapName),
    },
    {
      name: 'catch_up',
      words: t('schedules.catchUp'),
      kind: 'choice',
      choices: choices(['skip', 'one', 'all'], catchUpName),
    },
    { name: 'jitter_seconds', words: t('schedules.jitter'), kind: 'number' },
    { name: 'is_active', words: t('schedules.active'), kind: 'checkbox' },
  ];
}

function Preview({ cron, zone }: { cron: string; zone: string }) {
  const { t } = useTranslation();
  const inWords = useCronWords();
  const [asked] = useDebouncedValue({ cron, zone }, TYPING_PAUSE_MS);
  const query = useQuery({
    queryKey: ['schedule-preview', asked],
    queryFn: () =>
      geniacsService.previewSchedule({ cron_expression: asked.cron, timezone: asked.zone }),
  });

  return (
    <div>
      <Text size="sm" fw={600}>
        {t('schedules.inWords')}: {inWords(cron)}
      </Text>
      <Loaded query={query}>
        {({ data }) => (
          <SimpleGrid cols={2} mt="xs">
            <div>
              <Text size="sm" c="dimmed">
                {t('schedules.nextRuns')} · {t('schedules.inZone')}
              </Text>
              <List size="sm" listStyleType="none" className="figures">
                {data.preview.next_runs_local.map((at) => (
                  <List.Item key={at}>{at.replace('T', ' ').slice(0, 16)}</List.Item>
                ))}
              </List>
            </div>
            <div>
              <Text size="sm" c="dimmed">
                {t('schedules.inMine')}
              </Text>
              <List size="sm" listStyleType="none" className="figures">
                {data.preview.next_runs.map((at) => (
                  <List.Item key={at}>
                    <Moment at={at} />
                  </List.Item>
                ))}
              </List>
            </div>
          </SimpleGrid>
        )}
      </Loaded>
    </div>
  );
}
