import { Checkbox, NativeSelect, PasswordInput, Textarea, TextInput } from '@mantine/core';
import {
  type FieldError,
  type FieldValues,
  get,
  type Path,
  type UseFormReturn,
} from 'react-hook-form';

type Choice = { value: string; label: string };

export type FieldSpec<Form extends FieldValues> = {
  name: Path<Form>;
  words: string;
  hint?: string | undefined;
  placeholder?: string;
  isNeeded?: boolean;
} & (
  | { kind?: 'text' | 'url' | 'email' | 'number' | 'date' | 'password' | 'lines' | 'checkbox' }
  | { kind: 'choice'; choices: Choice[] }
);

type Props<Form extends FieldValues> = { form: UseFormReturn<Form>; fields: FieldSpec<Form>[] };

/** Fields of a form, one below the other. What is wrong with one stands beside it. */
export function Fields<Form extends FieldValues>({ form, fields }: Props<Form>) {
  return fields.map((field) => <Field key={field.name} form={form} field={field} />);
}

type FieldProps<Form extends FieldValues> = { form: UseFormReturn<Form>; field: FieldSpec<Form> };

function Field<Form extends FieldValues>({ form, field }: FieldProps<Form>) {
  const problem = get(form.formState.errors, field.name) as FieldError | undefined;
  const props = {
    label: field.words,
    description: field.hint,
    error: problem?.message,
    ...form.register(field.name),
  };

  switch (field.kind) {
    case 'checkbox':
      return <Checkbox {...props} />;
    case 'choice':
      return <NativeSelect {...props} data={field.choices} />;
    case 'lines':
      return <Textarea {...props} rows={3} autosize maxRows={10} />;
    case 'password':
      return <PasswordInput {...props} autoComplete="new-password" />;
    case 'number':
      return <TextInput {...props} inputMode="numeric" placeholder={field.placeholder} />;
    default:
      return <TextInput {...props} type={field.kind ?? 'text'} placeholder={field.placeholder} />;
  }
}
