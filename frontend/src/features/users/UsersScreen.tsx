import { Button, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Role, User } from '../../api/generated';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import { ConfirmButton } from '../../shared/Confirm';
import { Dialog } from '../../shared/Dialog';
import type { FieldSpec } from '../../shared/form/Fields';
import { FormDialog } from '../../shared/form/FormDialog';
import type { Column } from '../../shared/list/DataTable';
import { ListPanel } from '../../shared/list/ListPanel';
import { useWholeList } from '../../shared/list/useWholeList';
import { useNames } from '../../shared/names';
import { Page } from '../../shared/Page';
import { StatusBadge } from '../../shared/StatusBadge';
import { useAction } from '../../shared/useAction';
import { TokenList } from '../account/TokenList';

const roles = ['viewer', 'operator', 'admin'] as const;

/** Who may use the dashboard. */
export function UsersScreen() {
  const { t } = useTranslation();
  const [edited, setEdited] = useState<User | 'new' | null>(null);
  const columns = useUserColumns(setEdited);
  const list = useWholeList({
    queryKey: ['users'],
    load: async () => (await geniacsService.getUsers()).data.users,
  });

  return (
    <Page
      title={t('users.title')}
      about={t('users.about')}
      actions={<Button onClick={() => setEdited('new')}>{t('users.add')}</Button>}
    >
      <ListPanel
        caption={t('users.title')}
        list={list}
        columns={columns}
        rowId={({ id }) => id}
        empty={{ title: t('users.empty') }}
      />
      {edited === null ? null : (
        <UserDialog user={edited === 'new' ? undefined : edited} onClose={() => setEdited(null)} />
      )}
    </Page>
  );
}

function useUserColumns(onEdit: (user: User) => void): Column<User>[] {
  const { t } = useTranslation();
  const roleName = useNames('roles');

  return [
    { name: t('users.name'), show: ({ name }) => name },
    { name: t('users.email'), show: ({ email }) => email },
    {
      name: t('users.role'),
      show: ({ role }) => (
        <Text span size="sm" style={{ whiteSpace: 'nowrap' }}>
          {roleName(role)}
        </Text>
      ),
    },
    {
      name: t('users.isActive'),
      show: ({ is_active }) => <StatusBadge status={is_active ? 'active' : 'disabled'} />,
    },
    { name: t('users.created'), show: ({ created_at }) => <Moment at={created_at} /> },
    {
      name: t('shared.actions'),
      isAtEnd: true,
      show: (user) => <Actions user={user} onEdit={onEdit} />,
    },
  ];
}

function Actions({ user, onEdit }: { user: User; onEdit: (user: User) => void }) {
  const { t } = useTranslation();
  const remove = useAction({
    run: () => geniacsService.deleteUser({ id: user.id, version: user.version }),
    changes: [['users']],
  });

  return (
    <Group gap={4} justify="flex-end">
      <Sessions user={user} />
      <Button size="compact-sm" variant="default" onClick={() => onEdit(user)}>
        {t('shared.edit')}
      </Button>
      <ConfirmButton
        words={t('shared.delete')}
        title={t('users.remove', { name: user.name })}
        onConfirm={() => remove.start(undefined)}
        button={{ size: 'compact-sm' }}
      >
        {t('users.removeHint')}
      </ConfirmButton>
    </Group>
  );
}

/** What somebody is signed in with, and the way to end it. */
function Sessions({ user }: { user: User }) {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure();

  return (
    <>
      <Button size="compact-sm" variant="default" onClick={open}>
        {t('users.sessions')}
      </Button>
      <Dialog
        opened={opened}
        onClose={close}
        size="72rem"
        title={t('users.sessionsOf', { name: user.name })}
      >
        {opened ? <TokenList userId={user.id} /> : null}
      </Dialog>
    </>
  );
}

type UserForm = { name: string; email: string; role: Role; password: string; is_active: boolean };

const formOf = (user: User | undefined): UserForm => ({
  name: user?.name ?? '',
  email: user?.email ?? '',
  role: user?.role ?? 'viewer',
  password: '',
  is_active: user?.is_active ?? true,
});

function UserDialog({ user, onClose }: { user: User | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const fields = useUserFields(user !== undefined);
  const version = useRef(user?.version);

  const save = async ({ name, email, role, password, is_active }: UserForm) => {
    if (user) {
      const change = { name, role, is_active, ...(password ? { password } : {}) };
      await geniacsService.editUser({
        id: user.id,
        ...(version.current === undefined ? {} : { version: version.current }),
        change,
      });
    } else {
      await geniacsService.createUser({ name, email, role, password });
    }
    void queries.invalidateQueries({ queryKey: ['users'] });
    onClose();
  };
  const load = async () => {
    const { data } = await geniacsService.getUser(user?.id ?? 0);
    version.current = data.user.version;
    return formOf(data.user);
  };

  return (
    <FormDialog<UserForm>
      title={t(user ? 'users.edit' : 'users.add')}
      submit={t('shared.save')}
      defaults={formOf(user)}
      fields={fields}
      onSubmit={save}
      onClose={onClose}
      stale={{ load }}
    />
  );
}

function useUserFields(isEdit: boolean): FieldSpec<UserForm>[] {
  const { t } = useTranslation();
  const roleName = useNames('roles');
  const name: FieldSpec<UserForm> = { name: 'name', words: t('users.name'), isNeeded: true };
  const role: FieldSpec<UserForm> = {
    name: 'role',
    words: t('users.role'),
    kind: 'choice',
    choices: roles.map((value) => ({ value, label: roleName(value) })),
  };

  if (isEdit) {
    return [
      name,
      role,
      {
        name: 'password',
        words: t('users.newPassword'),
        hint: t('users.newPasswordHint'),
        kind: 'password',
      },
      { name: 'is_active', words: t('users.isActive'), kind: 'checkbox' },
    ];
  }
  return [
    name,
    { name: 'email', words: t('users.email'), kind: 'email', isNeeded: true },
    role,
    { name: 'password', words: t('users.password'), kind: 'password', isNeeded: true },
  ];
}
