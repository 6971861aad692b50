import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { use, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { NewToken, Role, Token } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import { Session } from '../../session/session';
import { ConfirmButton } from '../../shared/Confirm';
import { FormDialog } from '../../shared/form/FormDialog';
import type { Column } from '../../shared/list/DataTable';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { useNames } from '../../shared/names';
import { Page } from '../../shared/Page';
import { SecretDialog } from '../../shared/Secret';
import { useAction } from '../../shared/useAction';

/** The caller's own tokens and sessions. */
export function AccountScreen() {
  const { t } = useTranslation();
  const caller = use(Session);
  const [making, { open, close }] = useDisclosure();
  const [made, setMade] = useState('');

  return (
    <Page
      title={t('account.title')}
      about={t('account.about', { name: caller?.name ?? '', email: caller?.email ?? '' })}
      actions={<Button onClick={open}>{t('account.add')}</Button>}
    >
      <Tokens userId={caller?.id} />
      {making ? (
        <TokenDialog role={caller?.role ?? 'viewer'} onMade={setMade} onClose={close} />
      ) : null}
      {made ? (
        <SecretDialog
          title={t('account.made')}
          secret={made}
          hint={t('account.madeHint')}
          done={t('account.done')}
          onClose={() => setMade('')}
        />
      ) : null}
    </Page>
  );
}

function Tokens({ userId }: { userId: number | undefined }) {
  const { t } = useTranslation();
  const columns = useTokenColumns();
  const list = useList({
    queryKey: ['tokens', userId],
    load: async () => ({ rows: (await geniacsService.getTokens(userId)).data.tokens }),
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

  return [
    { name: t('account.name'), show: ({ name }) => name },
    { name: t('account.role'), show: ({ role }) => roleName(role) },
    { name: t('account.created'), show: ({ created_at }) => <Moment at={created_at} /> },
    { name: t('account.used'), show: ({ last_used_at }) => <Moment at={last_used_at} /> },
    {
      name: t('account.expires'),
      show: ({ expires_at }) =>
        expires_at === null ? t('account.never') : <Moment at={expires_at} />,
    },
    { name: t('shared.actions'), show: (token) => <Revoke token={token} /> },
  ];
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

type TokenForm = { name: string; role: Role; expires_in_days: string };

type DialogProps = { role: Role; onMade: (token: string) => void; onClose: () => void };

function TokenDialog({ role, onMade, onClose }: DialogProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const roleName = useNames('roles');
  const roles = (['viewer', 'operator', 'admin'] as const).filter(
    (name, place, all) => place <= all.indexOf(role) || name === role,
  );

  const make = async ({ expires_in_days, ...form }: TokenForm) => {
    const body: NewToken = {
      ...form,
      ...(expires_in_days ? { expires_in_days: Number(expires_in_days) } : {}),
    };
    const { data } = await geniacsService.createToken(body);
    void queries.invalidateQueries({ queryKey: ['tokens'] });
    onClose();
    onMade(data.token.token);
  };

  return (
    <FormDialog<TokenForm>
      title={t('account.add')}
      submit={t('shared.create')}
      defaults={{ name: '', role, expires_in_days: '' }}
      fields={[
        { name: 'name', words: t('account.name'), isNeeded: true },
        {
          name: 'role',
          words: t('account.role'),
          kind: 'choice',
          choices: roles.map((value) => ({ value, label: roleName(value) })),
        },
        {
          name: 'expires_in_days',
          words: t('account.days'),
          hint: t('account.daysHint'),
          kind: 'number',
        },
      ]}
      onSubmit={make}
      onClose={onClose}
    />
  );
}
