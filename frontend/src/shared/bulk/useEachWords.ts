import { useTranslation } from 'react-i18next';
import { useFailureWords } from '../useFailureWords';
import type { EachOutcome } from './forEachChosen';

/** The sentence that tells how many were done, and why others were not. */
export function useEachWords() {
  const { t } = useTranslation();
  const words = useFailureWords();

  return ({ done, failures }: EachOutcome, allDone: string): string =>
    failures.length === 0
      ? allDone
      : t('shared.bulk.partly', { done, failed: failures.length, why: words(failures[0]) });
}
