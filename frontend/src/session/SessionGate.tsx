import { Center, Loader } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../api/failure';
import { geniacsService } from '../services/geniacsService';
import { Dialog } from '../shared/Dialog';
import { FailurePanel } from '../shared/FailurePanel';
import { sessionEnd, useSessionEnded } from './ended';
import { SignIn, SignInForm } from './SignIn';
import { Session } from './session';

/** Shows the dashboard to people who are signed in, and the way in to everybody else. */
export function SessionGate({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const ended = useSessionEnded();
  const me = useQuery({ queryKey: ['me'], queryFn: () => geniacsService.getMe() });

  const signedIn = () => {
    sessionEnd.forget();
    void queries.invalidateQueries();
  };

  if (me.data) {
    return (
      <Session value={me.data.data.user}>
        {children}
        {ended ? <SignInAgain onSignedIn={signedIn} /> : null}
      </Session>
    );
  }
  if (me.error instanceof ApiFailure && me.error.status === 401) {
    return <SignIn onSignedIn={signedIn} />;
  }
  if (me.isError) return <FailurePanel failure={me.error} onRetry={() => void me.refetch()} />;
  return (
    <Center h="100dvh">
      <Loader />
    </Center>
  );
}

/** On top of the page, so that nothing that was typed into it is lost. */
function SignInAgain({ onSignedIn }: { onSignedIn: () => void }) {
  const { t } = useTranslation();

  return (
    <Dialog
      opened
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={t('failure.unauthenticated')}
    >
      <SignInForm onSignedIn={onSignedIn} />
    </Dialog>
  );
}
