import { Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { NotificationRule } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { ConfirmButton } from '../../shared/Confirm';
import type { Column } from '../../shared/list/DataTable';
import { ListPanel } from '../../shared/list/ListPanel';
import { useWholeList } from '../../shared/list/useWholeList';
import { useNames } from '../../shared/names';
import { StatusBadge } from '../../shared/StatusBadge';
import { useAction } from '../../shared/useAction';
import { useIntegrations } from '../integrations/useIntegrations';

type Props = { onEdit: (rule: NotificationRule) => void; onSecret: (secret: string) => void };

/** The rules. */
export function Rules(props: Props) {
  const { t } = useTranslation();
  const columns = useRuleColumns(props);
  const list = useWholeList({
    queryKey: ['notification-rules'],
    load: async () => (await geniacsService.getNotificationRules()).data.notification_rules,
  });

  return (
    <ListPanel
      caption={t('notifications.rules')}
      title={t('notifications.rules')}
      list={list}
      columns={columns}
      rowId={({ id }) => id}
      empty={{ title: t('notifications.empty'), hint: t('notifications.emptyHint') }}
    />
  );
}

function useRuleColumns(props: Props): Column<NotificationRule>[] {
  const { t } = useTranslation();
  const causeName = useNames('noticeCauses');
  const channelName = useNames('channels');
  const integrations = useIntegrations().data?.data?.integrations ?? [];

  return [
    { name: t('notifications.name'), show: ({ name }) => name },
    {
      name: t('notifications.causes'),
      show: ({ causes }) => causes.map((cause) => causeName(cause)).join(', '),
    },
    {
      name: t('shared.integration'),
      show: ({ integration_id }) =>
        integration_id === null
          ? t('notifications.allIntegrations')
          : (integrations.find(({ id }) => id === integration_id)?.name ?? integration_id),
    },
    {
      name: t('notifications.to'),
      show: ({ channel, url, addresses }) => (
        <div>
          <Text size="sm">{channelName(channel)}</Text>
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {url ?? addresses.join(', ')}
          </Text>
        </div>
      ),
    },
    {
      name: t('shared.status'),
      show: ({ is_active }) => <StatusBadge status={is_active ? 'active' : 'disabled'} />,
    },
    { name: t('shared.actions'), show: (rule) => <Actions rule={rule} {...props} /> },
  ];
}

function Actions({ rule, onEdit, onSecret }: Props & { rule: NotificationRule }) {
  const { t } = useTranslation();
  const test = useAction({
    run: () => geniacsService.testNotificationRule(rule.id),
    done: () => t('notifications.tested'),
    changes: [['notifications']],
  });
  const rotate = useAction({
    run: () => geniacsService.rotateSigningSecret(rule.id),
    after: ({ data }) => onSecret(data.notification_rule.signing_secret),
  });
  const remove = useAction({
    run: () => geniacsService.deleteNotificationRule({ id: rule.id, version: rule.version }),
    changes: [['notification-rules'], ['notifications']],
  });

  return (
    <Group gap={4} justify="flex-end">
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => test.start(undefined)}
        loading={test.isPending}
      >
        {t('notifications.test')}
      </Button>
      {rule.channel === 'webhook' ? (
        <ConfirmButton
          words={t('notifications.rotate')}
          title={t('notifications.rotateTitle', { name: rule.name })}
          onConfirm={() => rotate.start(undefined)}
          button={{ size: 'compact-sm' }}
        >
          {t('notifications.rotateHint')}
        </ConfirmButton>
      ) : null}
      <Button size="compact-sm" variant="default" onClick={() => onEdit(rule)}>
        {t('shared.edit')}
      </Button>
      <ConfirmButton
        words={t('shared.delete')}
        title={t('notifications.remove', { name: rule.name })}
        onConfirm={() => remove.start(undefined)}
        button={{ size: 'compact-sm' }}
      >
        {t('notifications.removeHint')}
      </ConfirmButton>
    </Group>
  );
}
