import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import { FormDialog } from '../../shared/form/FormDialog';

type PasswordForm = { current_password: string; new_password: string };

/** Changes one's own password; this session goes on, all others end. */
export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();

  return (
    <FormDialog<PasswordForm>
      title={t('account.password.change')}
      submit={t('shared.save')}
      defaults={{ current_password: '', new_password: '' }}
      fields={[
        {
          name: 'current_password',
          words: t('account.password.current'),
          kind: 'currentPassword',
          isNeeded: true,
        },
        {
          name: 'new_password',
          words: t('account.password.new'),
          hint: t('account.password.hint'),
          kind: 'password',
          isNeeded: true,
        },
      ]}
      onSubmit={async (form) => {
        const { data } = await geniacsService.changePassword(form);
        const number = format.number(data.revoked_tokens);
        notifications.show({ message: t('account.password.changed', { number }) });
        void queries.invalidateQueries({ queryKey: ['tokens'] });
        onClose();
      }}
      onClose={onClose}
    />
  );
}
