import { List, SimpleGrid, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schedule } from '../../api/generated';
import { useOneIntegration } from '../../app/useIntegrationChoice';
import { Moment } from '../../format/Moment';
import { useTimeZone } from '../../format/timeZone';
import { geniacsService } from '../../services/geniacsService';
import { FormDialog } from '../../shared/form/FormDialog';
import { Loaded } from '../../shared/Panel';
import { type ScheduleForm, scheduleBodyOf, scheduleFormOf } from './scheduleForm';
import { useCronWords } from './useCronWords';
import { useScheduleFields } from './useScheduleFields';

const TYPING_PAUSE_MS = 300;

type Props = { schedule: Schedule | undefined; onClose: () => void };

/** Makes or changes a schedule; what it means is shown while one types. */
export function ScheduleDialog({ schedule, onClose }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const integrationId = useOneIntegration();
  const { zone } = useTimeZone();
  const { fields, more } = useScheduleFields();
  const version = useRef(schedule?.version);

  const save = async (form: ScheduleForm) => {
    const body = scheduleBodyOf(form, zone, schedule);
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
    return scheduleFormOf(data.schedule, integrationId, zone);
  };

  return (
    <FormDialog<ScheduleForm>
      title={t(schedule ? 'schedules.edit' : 'schedules.add')}
      submit={t('shared.save')}
      defaults={scheduleFormOf(schedule, integrationId, zone)}
      fields={fields}
      more={more}
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
