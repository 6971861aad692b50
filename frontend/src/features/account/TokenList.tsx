import { Badge, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Token } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import { ConfirmButton } from '../../shared/Confirm';
import type { Column } from '../../shared/list/DataTable';
import { ListPanel } from '../../shared/list/ListPanel';
import { useWholeList } from '../../shared/list/useWholeList';
import { useNames } from '../../shared/names';
import { useAction } from '../../shared/useAction';
import { browserName } from './browserName';

/** What one person is signed in with: browsers, and tokens of programs. */
export function TokenList({ userId }: { userId: number | undefined }) {
  const { t } = useTranslation();
  const columns = useTokenColumns();
  const list = useWholeList({
    queryKey: ['tokens', userId],
    load: async () => (await geniacsService.getTokens(userId)).data.tokens,
    parameter: 'tokens_page',
  });

  return (
    <ListPanel
      caption={t('account.tokens')}
      list={list}
      columns={columns}
      rowId={({ id }) => id}
      empty={{ title: t('account.tokensEmpty'), hint: t('account.tokensAbout') }}
    />
  );
}

function useTokenColumns(): Column<Token>[] {
  const { t } = useTranslation();
  const roleName = useNames('roles');
  const kindName = useNames('tokenKinds');

  return [
    {
      name: t('account.name'),
      show: ({ name, browser, address }) => (
        <div>
          <Text size="sm">{name}</Text>
          <Text size="xs" c="dimmed" title={browser ?? undefined}>
            {[browser ? browserName(browser) : null, address].filter(Boolean).join(' · ')}
          </Text>
        </div>
      ),
    },
    {
      name: t('account.kind'),
      show: ({ kind }) => (
        <Badge variant="default" tt="none" miw="max-content">
          {kindName(kind)}
        </Badge>
      ),
    },
    { name: t('account.role'), show: ({ role }) => <Role>{roleName(role)}</Role> },
    { name: t('account.created'), show: ({ created_at }) => <Moment at={created_at} /> },
    { name: t('account.used'), show: ({ last_used_at }) => <Moment at={last_used_at} withAgo /> },
    {
      name: t('account.expires'),
      show: ({ expires_at }) =>
        expires_at === null ? t('account.never') : <Moment at={expires_at} withAgo />,
    },
    { name: t('shared.actions'), isAtEnd: true, show: (token) => <Revoke token={token} /> },
  ];
}

function Role({ children }: { children: string }) {
  return (
    <Text span size="sm" style={{ whiteSpace: 'nowrap' }}>
      {children}
    </Text>
  );
}

function Revoke({ token }: { token: Token }) {
  const { t } = useTranslation();
  const revoke = useAction({
    run: () => geniacsService.revokeToken(token.id),
    changes: [['tokens']],
  });

  return (
    <ConfirmButton
      words={t('account.revoke')}
      title={t('account.revokeTitle', { name: token.name })}
      onConfirm={() => revoke.start(undefined)}
      button={{ size: 'compact-sm' }}
    >
      {t('account.revokeHint')}
    </ConfirmButton>
  );
}
