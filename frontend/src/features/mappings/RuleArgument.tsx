import { NativeSelect, Stack, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RuleArgument as Argument, MappingRule } from '../../api/generated';
import { argumentOf, textOf } from './argument';
import type { Rule } from './draft';

type Props = {
  rule: Rule;
  about: MappingRule | undefined;
  onChange: (argument: unknown) => void;
  isReadOnly: boolean;
};

/** What a rule is given: one value, the parts of an object, or JSON where neither fits. */
export function RuleArgument({ rule, about, onChange, isReadOnly }: Props) {
  const parts = about?.arguments ?? [];
  const [only] = parts;
  const isPlain = parts.length === 1 && only?.name === null;

  if (only && isPlain && only.type === 'flag') return null;
  if (only && isPlain && fits(only, rule.argument)) {
    return (
      <ArgumentField
        argument={only}
        name={rule.name}
        value={rule.argument}
        onChange={onChange}
        isReadOnly={isReadOnly}
      />
    );
  }

  const named = parts.filter((part) => part.name !== null);
  const given = rule.argument;
  if (named.length > 0 && isObject(given) && named.every((part) => fits(part, of(given, part)))) {
    return (
      <Stack gap="xs">
        {named.map((part) => (
          <ArgumentField
            key={part.name}
            argument={part}
            name={part.name ?? ''}
            value={of(given, part)}
            onChange={(value) => onChange({ ...given, [part.name ?? '']: value })}
            isReadOnly={isReadOnly}
          />
        ))}
      </Stack>
    );
  }
  return <JsonField value={rule.argument} onChange={onChange} isReadOnly={isReadOnly} />;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const of = (given: Record<string, unknown>, part: Argument) => given[part.name ?? ''];

const fits = (argument: Argument, value: unknown) => textOf(argument.type, value) !== undefined;

type FieldProps = {
  argument: Argument;
  name: string;
  value: unknown;
  onChange: (value: unknown) => void;
  isReadOnly: boolean;
};

function ArgumentField({ argument, name, value, onChange, isReadOnly }: FieldProps) {
  const { t } = useTranslation();
  // As it is typed: what it means may be written in another way.
  const [text, setText] = useState(() => textOf(argument.type, value) ?? '');
  const type = (next: string) => {
    setText(next);
    onChange(argumentOf(argument.type, next));
  };

  if (argument.choices.length > 0 && !argument.takes_others) {
    return (
      <NativeSelect
        label={name}
        value={text}
        onChange={({ currentTarget }) => type(currentTarget.value)}
        data={[...argument.choices]}
        disabled={isReadOnly}
      />
    );
  }
  const isMap = argument.type === 'value_map' || argument.type === 'text_map';
  if (isMap) {
    return (
      <Textarea
        label={name}
        description={t('mappings.map')}
        value={text}
        onChange={({ currentTarget }) => type(currentTarget.value)}
        rows={3}
        resize="vertical"
        disabled={isReadOnly}
      />
    );
  }
  const isList = argument.type === 'columns' || argument.type === 'values';
  return (
    <TextInput
      label={name}
      description={isList ? t('mappings.list') : undefined}
      value={text}
      onChange={({ currentTarget }) => type(currentTarget.value)}
      disabled={isReadOnly}
    />
  );
}

type JsonProps = {
  value: unknown;
  onChange: (value: unknown) => void;
  isReadOnly: boolean;
};

function JsonField({ value, onChange, isReadOnly }: JsonProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(() => JSON.stringify(value));
  const [isWrong, setIsWrong] = useState(false);

  return (
    <Textarea
      label={t('mappings.asJson')}
      value={text}
      error={isWrong ? t('mappings.pastedWrong') : undefined}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        try {
          onChange(JSON.parse(currentTarget.value));
          setIsWrong(false);
        } catch {
          setIsWrong(true);
        }
      }}
      rows={2}
      resize="vertical"
      disabled={isReadOnly}
    />
  );
}
