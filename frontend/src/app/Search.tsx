import { ActionIcon, NavLink, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue, useDisclosure, useHotkeys } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { SearchResults } from '../api/generated';
import { geniacsService } from '../services/geniacsService';
import { Dialog } from '../shared/Dialog';
import { useEntityTitle } from '../shared/names';
import { Loaded } from '../shared/Panel';

const TYPING_PAUSE_MS = 250;

/** Finds records, syncs, events and integrations, from everywhere. */
export function Search() {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure();
  useHotkeys([['mod+K', open]], []);

  return (
    <>
      <ActionIcon variant="default" size="lg" aria-label={t('app.search')} onClick={open}>
        <IconSearch size={18} aria-hidden />
      </ActionIcon>
      <Dialog opened={opened} onClose={close} title={t('app.search')}>
        {opened ? <SearchBox onChoose={close} /> : null}
      </Dialog>
    </>
  );
}

function SearchBox({ onChoose }: { onChoose: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), TYPING_PAUSE_MS);
  const query = useQuery({
    queryKey: ['search', asked],
    queryFn: () => geniacsService.search(asked),
    enabled: asked !== '',
    placeholderData: keepPreviousData,
  });

  return (
    <Stack>
      <TextInput
        type="search"
        label={t('app.searchHint')}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        data-autofocus
      />
      <div aria-live="polite">
        <Loaded query={query}>
          {({ data }) => <Results results={data.results} onChoose={onChoose} />}
        </Loaded>
      </div>
    </Stack>
  );
}

type ResultsProps = { results: SearchResults; onChoose: () => void };

function Results({ results, onChoose }: ResultsProps) {
  const { t } = useTranslation();
  const entityTitle = useEntityTitle();
  const found = [
    ...results.records.map(({ entity_type, id, name, geniacs_id }) => ({
      to: `/records/${entity_type}/${id}`,
      words: name ?? String(id),
      about: [entityTitle(entity_type), id, geniacs_id].filter(Boolean).join(' · '),
    })),
    ...results.syncs.map(({ id, entity_type }) => ({
      to: `/syncs/${id}`,
      words: t('syncs.name', { id }),
      about: entityTitle(entity_type),
    })),
    ...results.webhook_events.map(({ id, event_type }) => ({
      to: `/webhooks?id=${id}`,
      words: t('records.event', { id }),
      about: event_type,
    })),
    ...results.integrations.map(({ id, name }) => ({
      to: `/integrations?integration=${id}`,
      words: name,
      about: t('app.integration'),
    })),
  ];
  if (found.length === 0) return <Text size="sm">{t('app.searchNone')}</Text>;

  return found.map(({ to, words, about }) => (
    <NavLink
      key={to}
      component={Link}
      to={to}
      label={words}
      description={about}
      onClick={onChoose}
    />
  ));
}
