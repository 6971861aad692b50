import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldProblem } from '../api/failure';
import { wordsBehind } from '../i18n';
import type { en } from '../i18n/en';

type KnownCode = keyof typeof en.details;

/** What is wrong with a value: a name of it, what it says in numbers and names, and the gateway's own words. */
type Told = Pick<FieldProblem, 'message' | 'code' | 'params'>;

const PLACEHOLDER = /\{\{(\w+)\}\}/g;

/** Whether there are words for a code, and everything that they say was told. */
function canSay(code: string | undefined, params: Record<string, unknown>): code is KnownCode {
  const words = code === undefined ? undefined : wordsBehind(`details.${code}`);
  if (words === undefined) return false;
  const needed = [...words.matchAll(PLACEHOLDER)].map(([, name]) => name);
  return needed.every((name) => params[name ?? ''] !== undefined);
}

/** What is wrong with one field, in the viewer's language where the gateway gave it a name. */
export function useDetailWords() {
  const { t } = useTranslation();

  return useCallback(
    ({ code, params = {}, message }: Told): string => {
      if (!canSay(code, params)) return message;
      const shown = Object.entries(params).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : String(value),
      ]);
      return t(`details.${code}`, Object.fromEntries(shown));
    },
    [t],
  );
}
