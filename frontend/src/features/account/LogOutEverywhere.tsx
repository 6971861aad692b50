import { Checkbox, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { geniacsService } from '../../services/geniacsService';
import { ConfirmButton } from '../../shared/Confirm';
import { useAction } from '../../shared/useAction';

/** Ends all sessions, this one too; on demand also what programs were given. */
export function LogOutEverywhere() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [withTokens, setWithTokens] = useState(false);
  const logOut = useAction({
    run: () => geniacsService.logOutEverywhere({ include_tokens: withTokens }),
    after: () => {
      queries.clear();
      location.reload();
    },
  });

  return (
    <ConfirmButton
      words={t('account.everywhere.do')}
      title={t('account.everywhere.title')}
      onConfirm={() => logOut.start(undefined)}
      button={{ loading: logOut.isPending }}
    >
      <Stack>
        <Text size="sm">{t('account.everywhere.hint')}</Text>
        <Checkbox
          label={t('account.everywhere.tokens')}
          checked={withTokens}
          onChange={({ currentTarget }) => setWithTokens(currentTarget.checked)}
        />
      </Stack>
    </ConfirmButton>
  );
}
