import { Alert, Button, Group, Stack } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { DefaultValues, FieldValues, UseFormReturn } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../../api/failure';
import { Dialog } from '../Dialog';
import { useDetailWords } from '../useDetailWords';
import { useFailureWords } from '../useFailureWords';
import { fieldOf, useServerDetails } from '../useServerDetails';
import { type FieldSpec, Fields } from './Fields';
import { type FieldGroup, MoreFields } from './MoreFields';
import { StaleChoice, type StaleEdit } from './StaleChoice';
import { useCheckedForm } from './useCheckedForm';

type Props<Form extends FieldValues> = {
  title: string;
  defaults: Form;
  fields: FieldSpec<Form>[] | ((form: UseFormReturn<Form>) => FieldSpec<Form>[]);
  /** Fields that are seldom needed: folded, below the others. */
  more?: FieldGroup<Form>[];
  submit: string;
  /** Resolves when it is done; what it throws is shown, and nothing that was typed is lost. */
  onSubmit: (values: Form) => Promise<unknown>;
  onClose: () => void;
  /** Below the fields: what they would do. */
  children?: (form: UseFormReturn<Form>) => ReactNode;
  /** What somebody else has saved meanwhile, and how to save over it. */
  stale?: StaleEdit<Form>;
};

/** A dialog with one form: checked when a field is left, again by the gateway, and sent once. */
export function FormDialog<Form extends FieldValues>(props: Props<Form>) {
  const { title, defaults, more = [], submit, onSubmit, onClose, children, stale } = props;
  const { t } = useTranslation();
  const words = useFailureWords();
  const [failure, setFailure] = useState<unknown>();
  const form = useCheckedForm<Form>({ defaultValues: defaults as DefaultValues<Form> });
  const fields = typeof props.fields === 'function' ? props.fields(form) : props.fields;
  useServerDetails(failure, form.setError, defaults);

  const send = form.handleSubmit(async (values) => {
    setFailure(undefined);
    try {
      await onSubmit(values);
    } catch (caught) {
      setFailure(caught);
    }
  });
  const isStale = failure instanceof ApiFailure && failure.code === 'stale_version';

  return (
    <Dialog opened onClose={onClose} closeOnClickOutside={false} size="lg" title={title}>
      <form onSubmit={send} noValidate>
        <Stack>
          <Fields form={form} fields={fields} />
          {more.map((group) => (
            <MoreFields key={group.words} form={form} group={group} />
          ))}
          {children?.(form)}
          {isStale && stale ? (
            <StaleChoice
              stale={stale}
              form={form}
              fields={[...fields, ...more.flatMap((group) => group.fields)]}
              base={defaults}
            />
          ) : null}
          {failure && !(isStale && stale) ? (
            <Alert color="red" variant="light" role="alert">
              {words(failure)}
              {failure instanceof ApiFailure ? (
                <Others failure={failure} defaults={defaults} />
              ) : null}
            </Alert>
          ) : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={form.formState.isSubmitting}>
              {submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

/** What the gateway found wrong that is not in a field of the form. */
function Others({ failure, defaults }: { failure: ApiFailure; defaults: FieldValues }) {
  const words = useDetailWords();
  const others = failure.details.filter(({ field }) => fieldOf(field, defaults) === undefined);
  if (others.length === 0) return null;
  return (
    <ul>
      {others.map((detail) => (
        <li key={detail.field}>
          {detail.field}: {words(detail)}
        </li>
      ))}
    </ul>
  );
}
