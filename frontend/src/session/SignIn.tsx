import { Button, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { geniacsService } from '../services/geniacsService';
import { useFailureWords } from '../shared/useFailureWords';
import classes from './SignIn.module.css';

type Credentials = { email: string; password: string };

/** The page for people who are not signed in. */
export function SignIn({ onSignedIn }: { onSignedIn: () => void }) {
  const { t } = useTranslation();

  return (
    <main className={classes.page}>
      <Paper withBorder p="xl" radius="md" className={classes.panel}>
        <Stack>
          <Title order={1} size="h3">
            {t('signIn.title')}
          </Title>
          <SignInForm onSignedIn={onSignedIn} />
          <Text size="sm" c="dimmed">
            {t('signIn.firstUser')}
          </Text>
        </Stack>
      </Paper>
    </main>
  );
}

export function SignInForm({ onSignedIn }: { onSignedIn: () => void }) {
  const { t } = useTranslation();
  const words = useFailureWords();
  const { register, handleSubmit, formState } = useForm<Credentials>();
  const signIn = useMutation({
    mutationFn: (credentials: Credentials) => geniacsService.logIn(credentials),
    onSuccess: onSignedIn,
  });
  const required = t('signIn.required');

  return (
    <form onSubmit={handleSubmit((credentials) => signIn.mutate(credentials))} noValidate>
      <Stack>
        <TextInput
          label={t('signIn.email')}
          type="email"
          autoComplete="username"
          data-autofocus
          error={formState.errors.email?.message}
          {...register('email', { required })}
        />
        <PasswordInput
          label={t('signIn.password')}
          autoComplete="current-password"
          error={formState.errors.password?.message}
          {...register('password', { required })}
        />
        {signIn.isError ? (
          <Text role="alert" c="red" size="sm">
            {words(signIn.error)}
          </Text>
        ) : null}
        <Button type="submit" loading={signIn.isPending}>
          {t('signIn.submit')}
        </Button>
      </Stack>
    </form>
  );
}
