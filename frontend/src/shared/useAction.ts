import { notifications } from '@mantine/notifications';
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../api/failure';
import { useFailureWords } from './useFailureWords';

type Action<Input, Output> = {
  run: (input: Input) => Promise<Output>;
  /** The sentence that tells of its success. */
  done?: (output: Output, input: Input) => string | undefined;
  /** What is loaded anew afterwards. */
  changes?: QueryKey[];
  after?: (output: Output, input: Input) => void;
  /** Failures are shown by the caller, beside what was typed. */
  quiet?: boolean;
};

/** Something that changes the system. A second click while the first is under way does nothing. */
export function useAction<Input, Output>(action: Action<Input, Output>) {
  const { t } = useTranslation();
  const words = useFailureWords();
  const queries = useQueryClient();
  const mutation = useMutation({
    mutationFn: (input: Input) => action.run(input),
    onSuccess: (output, input) => {
      for (const queryKey of action.changes ?? []) void queries.invalidateQueries({ queryKey });
      const message = action.done?.(output, input);
      if (message) notifications.show({ message });
      action.after?.(output, input);
    },
    onError: (failure) => {
      if (action.quiet) return;
      const id = failure instanceof ApiFailure ? failure.requestId : undefined;
      const wait = failure instanceof ApiFailure ? failure.retryAfter : undefined;
      const parts = [
        words(failure),
        wait ? t('shared.waitFor', { seconds: wait }) : '',
        id ? `(${id})` : '',
      ];
      notifications.show({
        color: 'red',
        title: t('shared.failedAction'),
        message: parts.filter(Boolean).join(' '),
        autoClose: false,
      });
    },
  });

  return {
    ...mutation,
    start: (input: Input) => {
      if (!mutation.isPending) mutation.mutate(input);
    },
  };
}
