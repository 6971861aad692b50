import { Button, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Retention } from '../../api/generated';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { FactRow, FactTable } from '../../shared/FactTable';
import { FormDialog } from '../../shared/form/FormDialog';
import { Page } from '../../shared/Page';
import { Loaded, Panel } from '../../shared/Panel';

const names = [
  'syncs_days',
  'log_days',
  'webhook_events_days',
  'audit_days',
  'monitoring_months',
] as const;
type Name = (typeof names)[number];
type RetentionForm = Record<Name, string>;

const isMonths = (name: Name) => name === 'monitoring_months';

/** What holds for the whole system. */
export function SettingsScreen() {
  const { t } = useTranslation();
  const mayChange = useMay('admin');
  const [editing, { open, close }] = useDisclosure();
  const query = useQuery({
    queryKey: ['retention'],
    queryFn: () => geniacsService.getRetention(),
  });
  const retention = query.data?.data.retention;

  return (
    <Page title={t('settings.title')}>
      <Panel
        title={t('settings.retention')}
        actions={
          mayChange && retention ? (
            <Button variant="default" onClick={open}>
              {t('settings.edit')}
            </Button>
          ) : null
        }
      >
        <Loaded query={query}>{({ data }) => <Times retention={data.retention} />}</Loaded>
      </Panel>
      {editing && retention ? <RetentionDialog retention={retention} onClose={close} /> : null}
    </Page>
  );
}

function Times({ retention }: { retention: Retention }) {
  const { t } = useTranslation();
  const format = useFormat();

  return (
    <FactTable>
      {names.map((name) => (
        <FactRow key={name} name={t(`settings.${name}`)}>
          {retention[name] === 0
            ? t('settings.forEver')
            : t(isMonths(name) ? 'settings.months' : 'settings.days', {
                number: format.number(retention[name]),
              })}
          <Text span size="xs" c="dimmed">
            {' '}
            {t(`settings.sources.${retention.sources[name]}`)}
          </Text>
        </FactRow>
      ))}
    </FactTable>
  );
}

const formOf = (retention: Retention): RetentionForm => ({
  syncs_days: String(retention.syncs_days),
  log_days: String(retention.log_days),
  webhook_events_days: String(retention.webhook_events_days),
  audit_days: String(retention.audit_days),
  monitoring_months: String(retention.monitoring_months),
});

function RetentionDialog({ retention, onClose }: { retention: Retention; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const version = useRef(retention.version);

  const save = async (form: RetentionForm) => {
    const change = Object.fromEntries(names.map((name) => [name, Number(form[name])]));
    await geniacsService.editRetention(version.current, change);
    void queries.invalidateQueries({ queryKey: ['retention'] });
    onClose();
  };
  const load = async () => {
    const { data } = await geniacsService.getRetention();
    version.current = data.retention.version;
    return formOf(data.retention);
  };

  return (
    <FormDialog<RetentionForm>
      title={t('settings.edit')}
      submit={t('shared.save')}
      defaults={formOf(retention)}
      fields={names.map((name) => ({
        name,
        words: t(isMonths(name) ? 'settings.inMonths' : 'settings.inDays', {
          name: t(`settings.${name}`),
        }),
        kind: 'number',
        isNeeded: true,
      }))}
      onSubmit={save}
      onClose={onClose}
      stale={{ load }}
    />
  );
}
