import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { use, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { NewToken, Role } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { Session } from '../../session/session';
import { FormDialog } from '../../shared/form/FormDialog';
import { useNames } from '../../shared/names';
import { Page } from '../../shared/Page';
import { SecretDialog } from '../../shared/Secret';
import { LogOutEverywhere } from './LogOutEverywhere';
import { PasswordDialog } from './PasswordDialog';
import { TokenList } from './TokenList';

/** The caller's own password, tokens and sessions. */
export function AccountScreen() {
  const { t } = useTranslation();
  const caller = use(Session);
  const [making, { open, close }] = useDisclosure();
  const [changing, password] = useDisclosure();
  const [made, setMade] = useState('');

  return (
    <Page
      title={t('account.title')}
      about={t('account.about', { name: caller?.name ?? '', email: caller?.email ?? '' })}
      actions={
        <>
          <Button variant="default" onClick={password.open}>
            {t('account.password.change')}
          </Button>
          <LogOutEverywhere />
          <Button onClick={open}>{t('account.add')}</Button>
        </>
      }
    >
      <TokenList userId={caller?.id} />
      {changing ? <PasswordDialog onClose={password.close} /> : null}
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
