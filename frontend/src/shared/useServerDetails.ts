import { useEffect } from 'react';
import type { FieldPath, FieldValues, UseFormSetError } from 'react-hook-form';
import { ApiFailure } from '../api/failure';
import { useDetailWords } from './useDetailWords';

/** Puts what the gateway found wrong beside the fields that it names; the first of them gets the focus. */
export function useServerDetails<Form extends FieldValues>(
  failure: unknown,
  setError: UseFormSetError<Form>,
  fields: Form,
) {
  const words = useDetailWords();

  useEffect(() => {
    if (!(failure instanceof ApiFailure)) return;

    const known = failure.details.flatMap((detail) => {
      const name = fieldOf(detail.field, fields);
      return name === undefined ? [] : [{ name, message: words(detail) }];
    });
    known.forEach(({ name, message }, place) => {
      setError(name as FieldPath<Form>, { message }, { shouldFocus: place === 0 });
    });
  }, [failure, setError, fields, words]);
}

/**
 * The field of a form that the gateway means: forms are flat where a body has parts (`configuration.sync_interval`),
 * or keep further settings together.
 */
export function fieldOf(path: string, fields: FieldValues): string | undefined {
  // An item of a list (`filters.ids.3`, `filters.ids[3]`) is in the field of the list.
  const name = path.replace(/(\.\d+|\[\d+\])$/, '');
  const last = name.split('.').at(-1) ?? name;
  if (Object.hasOwn(fields, name)) return name;
  if (Object.hasOwn(fields, last)) return last;

  const settings: unknown = fields['settings'];
  const isSetting = typeof settings === 'object' && settings !== null && last in settings;
  return isSetting ? `settings.${last}` : undefined;
}
