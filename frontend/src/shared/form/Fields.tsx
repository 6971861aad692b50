import { Checkbox, NativeSelect, PasswordInput, Textarea, TextInput } from '@mantine/core';
import {
  type FieldError,
  type FieldValues,
  get,
  type Path,
  type UseFormRegisterReturn,
  type UseFormReturn,
} from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import classes from './Fields.module.css';
import { problemOf } from './rules';

type Choice = { value: string; label: string };

export type FieldSpec<Form extends FieldValues> = {
  name: Path<Form>;
  words: string;
  hint?: string | undefined;
  placeholder?: string;
  isNeeded?: boolean;
  /** The bounds of a number, or of the length of a password. */
  least?: number;
  most?: number;
} & (
  | {
      kind?:
        | 'text'
        | 'url'
        | 'email'
        | 'number'
        | 'date'
        | 'password'
        | 'currentPassword'
        | 'lines'
        | 'checkbox';
    }
  | { kind: 'choice' | 'many'; choices: Choice[] }
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
    ...form.register(field.name, { validate: useRule(field) }),
  };

  switch (field.kind) {
    case 'checkbox':
      return <Checkbox {...props} />;
    case 'choice':
      return <NativeSelect {...props} data={field.choices} />;
    case 'many':
      return <Many {...props} choices={field.choices} />;
    case 'lines':
      return <Textarea {...props} rows={3} resize="vertical" />;
    case 'password':
      return <PasswordInput {...props} autoComplete="new-password" />;
    case 'currentPassword':
      return <PasswordInput {...props} autoComplete="current-password" />;
    case 'number':
      return <TextInput {...props} inputMode="numeric" placeholder={field.placeholder} />;
    default:
      return <TextInput {...props} type={field.kind ?? 'text'} placeholder={field.placeholder} />;
  }
}

/** What the gateway would refuse, as far as it can be told here, is told when a field is left. */
function useRule<Form extends FieldValues>(field: FieldSpec<Form>) {
  const { t } = useTranslation();
  return (value: unknown) => {
    const text = typeof value === 'string' ? value.trim() : value;
    if (text === '' || text === undefined) return field.isNeeded ? t('shared.noName') : true;
    const problem = typeof text === 'string' ? problemOf(field, text) : undefined;
    return problem ? t(`details.${problem.code}`, problem.params) : true;
  };
}

type ManyProps = UseFormRegisterReturn & { label: string; choices: Choice[] };

/** Any number of choices; the form holds those that are ticked. */
function Many({ label, choices, name, onChange, onBlur, ref }: ManyProps) {
  return (
    <fieldset className={classes.many}>
      <legend>{label}</legend>
      {choices.map((choice) => (
        <Checkbox
          key={choice.value}
          label={choice.label}
          value={choice.value}
          name={name}
          onChange={onChange}
          onBlur={onBlur}
          ref={ref}
        />
      ))}
    </fieldset>
  );
}
