import { useEffect } from 'react';
import type { FieldPath, FieldValues, UseFormSetError } from 'react-hook-form';
import { ApiFailure } from '../api/failure';

/** Puts what the gateway found wrong beside the fields that it names; the first of them gets the focus. */
export function useServerDetails<Form extends FieldValues>(
  failure: unknown,
  setError: UseFormSetError<Form>,
  fields: Form,
) {
  useEffect(() => {
    if (!(failure instanceof ApiFailure)) return;

    const known = failure.details.filter(({ field }) => Object.hasOwn(fields, field));
    known.forEach(({ field, message }, place) => {
      setError(field as FieldPath<Form>, { message }, { shouldFocus: place === 0 });
    });
  }, [failure, setError, fields]);
}
