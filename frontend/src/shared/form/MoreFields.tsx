import { Stack } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { type FieldValues, get, type UseFormReturn } from 'react-hook-form';
import { type FieldSpec, Fields } from './Fields';

/** Fields that are seldom needed, under words of their own. */
export type FieldGroup<Form extends FieldValues> = { words: string; fields: FieldSpec<Form>[] };

type Props<Form extends FieldValues> = { form: UseFormReturn<Form>; group: FieldGroup<Form> };

/** They are folded, and not even drawn, until one opens them or something is wrong with one of them. */
export function MoreFields<Form extends FieldValues>({ form, group }: Props<Form>) {
  const { words, fields } = group;
  const details = useRef<HTMLDetailsElement>(null);
  const [isOpen, setOpen] = useState(false);
  const { errors } = form.formState;
  const hasProblem = fields.some(({ name }) => get(errors, name) !== undefined);

  useEffect(() => {
    if (hasProblem) setOpen(true);
  }, [hasProblem]);

  // The field was not there to take the focus when its problem was found.
  useEffect(() => {
    if (!isOpen || !hasProblem || details.current?.contains(document.activeElement)) return;
    const first = details.current?.closest('form')?.querySelector<HTMLElement>(INVALID);
    if (first && details.current?.contains(first)) first.focus();
  }, [isOpen, hasProblem]);

  return (
    <details
      ref={details}
      open={isOpen}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>{words}</summary>
      {isOpen ? (
        <Stack mt="sm">
          <Fields form={form} fields={fields} />
        </Stack>
      ) : null}
    </details>
  );
}

const INVALID = '[aria-invalid=true]';
