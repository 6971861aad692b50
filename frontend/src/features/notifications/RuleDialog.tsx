import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type {
  NewNotificationRule,
  NotificationCause,
  NotificationChannel,
  NotificationLanguage,
  NotificationRule,
} from '../../api/generated';
import { languages } from '../../i18n';
import { geniacsService } from '../../services/geniacsService';
import type { FieldSpec } from '../../shared/form/Fields';
import { FormDialog } from '../../shared/form/FormDialog';
import { useNames } from '../../shared/names';
import { useIntegrations } from '../integrations/useIntegrations';

const causes = [
  'integration_paused',
  'sync_failed',
  'events_set_aside',
  'conflicts_waiting',
  'not_in_step',
] as const satisfies readonly NotificationCause[];
const channels = ['email', 'webhook'] as const satisfies readonly NotificationChannel[];
const SECONDS_IN_AN_HOUR = 3600;

type RuleForm = {
  name: string;
  integration_id: string;
  causes: NotificationCause[];
  channel: NotificationChannel;
  url: string;
  addresses: string;
  language: NotificationLanguage;
  /** In hours. */
  not_in_step_seconds: string;
  tells_end: boolean;
  is_active: boolean;
};

const formOf = (rule: NotificationRule | undefined): RuleForm => ({
  name: rule?.name ?? '',
  integration_id: String(rule?.integration_id ?? ''),
  causes: rule?.causes ?? [...causes],
  channel: rule?.channel ?? 'email',
  url: rule?.url ?? '',
  addresses: rule?.addresses.join('\n') ?? '',
  language: rule?.language ?? 'id',
  not_in_step_seconds: String((rule?.not_in_step_seconds ?? 86_400) / SECONDS_IN_AN_HOUR),
  tells_end: rule?.tells_end ?? true,
  is_active: rule?.is_active ?? true,
});

function bodyOf(form: RuleForm): NewNotificationRule {
  const { url, addresses, integration_id, not_in_step_seconds, ...rest } = form;
  const reach =
    form.channel === 'webhook' ? { url } : { addresses: addresses.split(/[\s,]+/).filter(Boolean) };
  return {
    ...rest,
    ...reach,
    integration_id: integration_id ? Number(integration_id) : null,
    not_in_step_seconds: Math.round(Number(not_in_step_seconds) * SECONDS_IN_AN_HOUR),
  };
}

type Props = {
  rule: NotificationRule | undefined;
  onSecret: (secret: string) => void;
  onClose: () => void;
};

/** Makes or changes a rule. A secret that the gateway made is handed on, to be shown this once. */
export function RuleDialog({ rule, onSecret, onClose }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const fieldsOf = useRuleFields(rule !== undefined);
  let version = rule?.version;

  const save = async (form: RuleForm) => {
    const body = bodyOf(form);
    if (rule) {
      const stated = version === undefined ? {} : { version };
      await geniacsService.editNotificationRule({ id: rule.id, ...stated, change: body });
    } else {
      const { data } = await geniacsService.createNotificationRule(body);
      onSecret(data.notification_rule.signing_secret ?? '');
    }
    void queries.invalidateQueries({ queryKey: ['notification-rules'] });
    onClose();
  };
  const load = async () => {
    const { data } = await geniacsService.getNotificationRule(rule?.id ?? 0);
    version = data.notification_rule.version;
    return formOf(data.notification_rule);
  };

  return (
    <FormDialog<RuleForm>
      title={t(rule ? 'notifications.edit' : 'notifications.add')}
      submit={t('shared.save')}
      defaults={formOf(rule)}
      fields={(form) => fieldsOf(form.watch('channel'), form.watch('causes'))}
      onSubmit={save}
      onClose={onClose}
      stale={{ load }}
    />
  );
}

function useRuleFields(isEdit: boolean) {
  const { t } = useTranslation();
  const causeName = useNames('noticeCauses');
  const channelName = useNames('channels');
  const integrations = useIntegrations().data?.data?.integrations ?? [];

  return (channel: NotificationChannel, chosen: NotificationCause[]): FieldSpec<RuleForm>[] => {
    const fields: (FieldSpec<RuleForm> | false)[] = [
      { name: 'name', words: t('notifications.name'), isNeeded: true },
      {
        name: 'causes',
        words: t('notifications.causes'),
        kind: 'many',
        choices: causes.map((value) => ({ value, label: causeName(value) })),
      },
      chosen.includes('not_in_step') && {
        name: 'not_in_step_seconds',
        words: t('notifications.hours'),
        kind: 'number',
      },
      {
        name: 'integration_id',
        words: t('shared.integration'),
        kind: 'choice',
        choices: [
          { value: '', label: t('notifications.allIntegrations') },
          ...integrations.map(({ id, name }) => ({ value: String(id), label: name })),
        ],
      },
      !isEdit && {
        name: 'channel',
        words: t('notifications.channel'),
        kind: 'choice',
        choices: channels.map((value) => ({ value, label: channelName(value) })),
      },
      channel === 'webhook'
        ? {
            name: 'url',
            words: t('notifications.url'),
            kind: 'url',
            hint: t('notifications.urlHint'),
          }
        : {
            name: 'addresses',
            words: t('notifications.addresses'),
            kind: 'lines',
            hint: t('notifications.addressesHint'),
          },
      {
        name: 'language',
        words: t('notifications.language'),
        kind: 'choice',
        choices: Object.entries(languages).map(([value, label]) => ({ value, label })),
      },
      { name: 'tells_end', words: t('notifications.tellsEnd'), kind: 'checkbox' },
      { name: 'is_active', words: t('notifications.isActive'), kind: 'checkbox' },
    ];
    return fields.filter((field) => field !== false);
  };
}
