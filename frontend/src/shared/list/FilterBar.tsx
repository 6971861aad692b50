import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useUrlParameters } from '../useUrlParameter';
import { clearFilters, setFilter, useIsFiltered } from './filters';

const TYPING_PAUSE_MS = 300;

export type Filter =
  | {
      name: string;
      words: string;
      choices: { value: string; label: string }[];
      /** What is shown where nothing is chosen, if that is not all. */
      unchosen?: string;
    }
  | { name: string; words: string; kind: 'text' | 'date' };

/** The filters of a list; they live in the page's address. */
export function FilterBar({ filters }: { filters: Filter[] }) {
  const { t } = useTranslation();
  const isFiltered = useIsFiltered();

  return (
    <Group
      gap="sm"
      align="flex-end"
      role="search"
      aria-label={t('shared.filters')}
      className="filters"
    >
      {filters.map((filter) => (
        <FilterField key={filter.name} filter={filter} />
      ))}
      {isFiltered ? (
        <Button variant="subtle" onClick={clearFilters}>
          {t('shared.clearFilters')}
        </Button>
      ) : null}
    </Group>
  );
}

function FilterField({ filter }: { filter: Filter }) {
  const { t } = useTranslation();
  const value = useUrlParameters().get(filter.name) ?? '';

  if ('choices' in filter) {
    return (
      <NativeSelect
        label={filter.words}
        value={value}
        onChange={({ currentTarget }) => setFilter(filter.name, currentTarget.value)}
        data={[{ value: '', label: filter.unchosen ?? t('shared.all') }, ...filter.choices]}
      />
    );
  }
  if (filter.kind === 'date') {
    return (
      <TextInput
        type="date"
        label={filter.words}
        value={value}
        onChange={({ currentTarget }) => setFilter(filter.name, currentTarget.value)}
      />
    );
  }
  return <TextField name={filter.name} words={filter.words} value={value} />;
}

/** Asks when one has stopped typing. */
function TextField({ name, words, value }: { name: string; words: string; value: string }) {
  const [text, setText] = useState(value);
  useEffect(() => setText((typed) => (typed.trim() === value ? typed : value)), [value]);
  useEffect(() => {
    if (text.trim() === value) return;
    const waiting = setTimeout(() => setFilter(name, text.trim()), TYPING_PAUSE_MS);
    return () => clearTimeout(waiting);
  }, [name, text, value]);

  return (
    <TextInput
      type="search"
      label={words}
      value={text}
      onChange={({ currentTarget }) => setText(currentTarget.value)}
    />
  );
}
