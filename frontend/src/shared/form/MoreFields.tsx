import { Stack } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { type FieldValues, get, type UseFormReturn } from 'react-hook-form';
import { type FieldSpec, Fields } from './Fields';

/** Fields that are seldom needed, under words of their own. */
export type FieldGroup<Form extends FieldValues> = { words: string; fields: FieldSpec<Form>[] };

type Props<Form extends FieldValues> = { form: UseFormReturn<Form>; group: FieldGroup<Form> };

/** They are folded, until one opens them or something is wrong with one of them. */
export function MoreFields<Form extends FieldValues>({ form, group }: Props<Form>) {
  const { words, fields } = group;
  const details = useRef<HTMLDetailsElement>(null);
  const { errors } = form.formState;
  const hasProblem = fields.some(({ name }) => get(errors, name) !== undefined);

  // A field that is folded away could not take the focus when its problem was found.
  useEffect(() => {
    if (!hasProblem || !details.current || details.current.open) return;
    details.current.open = true;
    const first = details.current
      .closest('form')
      ?.querySelector<HTMLElement>('[aria-invalid=true]');
    if (first && details.current.contains(first)) first.focus();
  }, [hasProblem]);

  return (
    <details ref={details}>
      <summary>{words}</summary>
      <Stack mt="sm">
        <Fields form={form} fields={fields} />
      </Stack>
    </details>
  );
}
