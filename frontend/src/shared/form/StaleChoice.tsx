import { Alert, Radio, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { FieldValues, Path, UseFormReturn } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { Loaded } from '../Panel';
import { Value } from '../Value';
import type { FieldSpec } from './Fields';

export type StaleEdit<Form> = {
  /** The form as the gateway has it now. What is saved next is an edit of that version. */
  load: () => Promise<Form>;
};

type Props<Form extends FieldValues> = {
  stale: StaleEdit<Form>;
  form: UseFormReturn<Form>;
  fields: FieldSpec<Form>[];
  /** What the form began with. */
  base: Form;
};

/** Somebody else was faster: mine, theirs, and a choice for each field that differs. */
export function StaleChoice<Form extends FieldValues>({ stale, form, fields, base }: Props<Form>) {
  const { t } = useTranslation();
  const theirs = useQuery({
    queryKey: ['stale-edit', JSON.stringify(base)],
    queryFn: () => stale.load(),
    gcTime: 0,
    staleTime: 0,
  });

  return (
    <Alert color="orange" variant="light" role="alert" title={t('shared.stale.title')}>
      <Text size="sm">{t('shared.stale.hint')}</Text>
      <Loaded query={theirs}>
        {(saved) => <Choices saved={saved} form={form} fields={fields} base={base} />}
      </Loaded>
    </Alert>
  );
}

type ChoicesProps<Form extends FieldValues> = Omit<Props<Form>, 'stale'> & { saved: Form };

function Choices<Form extends FieldValues>({ saved, form, fields, base }: ChoicesProps<Form>) {
  const { t } = useTranslation();
  const [mine] = useState(() => form.getValues());
  const differing = fields.filter(({ name }) => String(mine[name]) !== String(saved[name]));

  // What I did not touch is theirs.
  useEffect(() => {
    for (const { name } of differing) {
      if (String(mine[name]) === String(base[name])) form.setValue(name, saved[name]);
    }
  });

  return (
    <Stack gap="xs">
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('shared.stale.field')}</Table.Th>
            <Table.Th>{t('shared.stale.mine')}</Table.Th>
            <Table.Th>{t('shared.stale.theirs')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {differing.map(({ name, words }) => (
            <ChoiceRow key={name} name={name} words={words} mine={mine} saved={saved} form={form} />
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}

type RowProps<Form extends FieldValues> = {
  name: Path<Form>;
  words: string;
  mine: Form;
  saved: Form;
  form: UseFormReturn<Form>;
};

function ChoiceRow<Form extends FieldValues>({ name, words, mine, saved, form }: RowProps<Form>) {
  const current = form.watch(name);
  return (
    <Table.Tr>
      <Table.Th scope="row">{words}</Table.Th>
      {[mine[name], saved[name]].map((value, place) => (
        <Table.Td key={place === 0 ? 'mine' : 'theirs'}>
          <Radio
            name={`stale-${name}`}
            label={<Value value={value} />}
            checked={String(current) === String(value)}
            onChange={() => form.setValue(name, value)}
          />
        </Table.Td>
      ))}
    </Table.Tr>
  );
}
