import { Anchor, Button } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import type {
  Conflict,
  ConflictListFilter,
  ConflictState,
  ListConflictsData,
} from '../../api/generated';
import { Moment } from '../../format/Moment';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { forEachChosen } from '../../shared/bulk/forEachChosen';
import { useEachWords } from '../../shared/bulk/useEachWords';
import type { Column, Id } from '../../shared/list/DataTable';
import { FilterBar } from '../../shared/list/FilterBar';
import { ListPanel } from '../../shared/list/ListPanel';
import { useList } from '../../shared/list/useList';
import { useListFilters } from '../../shared/list/useListFilters';
import { entityTypes, useEntityTitle, useNames } from '../../shared/names';
import { Page } from '../../shared/Page';
import { StatusBadge } from '../../shared/StatusBadge';
import { useAction } from '../../shared/useAction';
import { changeUrl, useUrlParameters } from '../../shared/useUrlParameter';
import { ConflictPanel } from './ConflictPanel';
import { ResolveAll } from './ResolveAll';

/** Those that are not open; the queue shows the open ones unless told. */
const states = ['decided', 'resolved'] as const;

/** Fields that both sides changed, one conflict after the other. */
export function ConflictsScreen() {
  const { t } = useTranslation();
  const stateName = useNames('statuses');
  const entityTitle = useEntityTitle();

  const mayResolve = useMay('operator');

  return (
    <Page
      title={t('conflicts.title')}
      about={t('conflicts.about')}
      actions={mayResolve ? <ResolveMatching /> : null}
    >
      <FilterBar
        filters={[
          {
            name: 'state',
            words: t('shared.status'),
            unchosen: stateName('open'),
            choices: [
              ...states.map((value) => ({ value, label: stateName(value) })),
              { value: 'any', label: t('shared.all') },
            ],
          },
          {
            name: 'entity_type',
            words: t('shared.entity'),
            choices: entityTypes.map((value) => ({ value, label: entityTitle(value) })),
          },
          { name: 'field', words: t('conflicts.field'), kind: 'text' },
          { name: 'from', words: t('shared.from'), kind: 'date' },
          { name: 'to', words: t('shared.to'), kind: 'date' },
        ]}
      />
      <Queue />
    </Page>
  );
}

function Queue() {
  const { t } = useTranslation();
  const mayResolve = useMay('operator');
  const list = useConflictList();
  const columns = useConflictColumns();
  const chosen = Number(useUrlParameters().get('id') ?? '');
  const place = list.rows.findIndex(({ id }) => id === chosen);

  const go = (step: number) => {
    const next = list.rows[place < 0 ? 0 : place + step];
    if (next) changeUrl({ id: String(next.id) });
  };
  useHotkeys([
    ['j', () => go(1)],
    ['k', () => go(-1)],
  ]);

  return (
    <>
      {chosen ? <ConflictPanel key={chosen} id={chosen} onDone={() => go(1)} onMove={go} /> : null}
      <ListPanel
        caption={t('conflicts.title')}
        list={list}
        columns={columns}
        rowId={({ id }) => id}
        empty={{ title: t('conflicts.empty'), hint: t('conflicts.emptyHint') }}
        news="conflicts"
        bulk={mayResolve ? (ids, done) => <ResolveChosen ids={ids} onDone={done} /> : undefined}
      />
    </>
  );
}

function useConflictFilters(): ConflictListFilter {
  const filters = useListFilters(['state', 'entity_type', 'field']);
  const { state = 'open', ...rest } = filters;
  return state === 'any' ? rest : { ...rest, state: state as ConflictState };
}

function useConflictList() {
  const filters = useConflictFilters();
  return useList({
    queryKey: ['conflicts', filters],
    load: async (request) => {
      const query = { ...filters, ...request } as NonNullable<ListConflictsData['query']>;
      const { data } = await geniacsService.getConflicts(query);
      return { rows: data.conflicts, next: data.next_cursor, previous: data.prev_cursor };
    },
  });
}

/** One decision for all open ones that match. */
function ResolveMatching() {
  const { t } = useTranslation();
  const { state: _, ...filter } = useConflictFilters();
  return <ResolveAll words={t('conflicts.resolveMatching')} filter={filter} />;
}

function useConflictColumns(): Column<Conflict>[] {
  const { t } = useTranslation();
  const entityTitle = useEntityTitle();

  return [
    {
      name: t('conflicts.record'),
      show: ({ id, entity_type, local_id }) => (
        <Anchor component="button" type="button" onClick={() => changeUrl({ id: String(id) })}>
          {entityTitle(entity_type)} {local_id}
        </Anchor>
      ),
    },
    {
      name: t('conflicts.fields'),
      show: ({ fields }) => fields.map(({ field }) => field).join(', '),
    },
    { name: t('shared.status'), show: ({ state }) => <StatusBadge status={state} /> },
    { name: t('conflicts.since'), show: ({ created_at }) => <Moment at={created_at} withAgo /> },
  ];
}

/** One decision for all that were chosen. */
function ResolveChosen({ ids, onDone }: { ids: Id[]; onDone: () => void }) {
  const { t } = useTranslation();
  const eachWords = useEachWords();
  const resolve = useAction({
    run: (resolution: 'local' | 'geniacs') =>
      forEachChosen(ids, (id) => geniacsService.resolveConflict(Number(id), { resolution })),
    done: (outcome) => eachWords(outcome, t('conflicts.settledMany', { number: ids.length })),
    changes: [['conflicts'], ['attention']],
    after: onDone,
  });

  return (['local', 'geniacs'] as const).map((resolution) => (
    <Button
      key={resolution}
      size="xs"
      variant="default"
      onClick={() => resolve.start(resolution)}
      loading={resolve.isPending}
    >
      {t(resolution === 'local' ? 'conflicts.localAll' : 'conflicts.geniacsAll')}
    </Button>
  ));
}
