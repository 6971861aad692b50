import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../api/failure';
import { wordsBehind } from '../i18n';
import type { en } from '../i18n/en';
import { useNames } from './names';

type KnownCode = keyof typeof en.failure;

const isKnown = (code: string): code is KnownCode => wordsBehind(`failure.${code}`) !== undefined;

/**
 * A failure in the viewer's language. The gateway's own sentence stands where there is no translation for its code: it
 * is written for people, too.
 */
export function useFailureWords() {
  const { t } = useTranslation();
  const roleName = useNames('roles');

  return useCallback(
    (failure: unknown): string => {
      if (!(failure instanceof ApiFailure)) return t('failure.not_understood');
      if (failure.code === 'forbidden' && failure.neededRole) {
        return t('common.forbiddenBut', { role: roleName(failure.neededRole) });
      }
      return isKnown(failure.code) ? t(`failure.${failure.code}`) : failure.message;
    },
    [t, roleName],
  );
}
