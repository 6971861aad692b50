import { type QueryKey, useQuery } from '@tanstack/react-query';
import { changeUrl, useUrlParameters } from '../useUrlParameter';
import type { List } from './useList';

const PER_PAGE = 100;

type Options<Row> = {
  queryKey: QueryKey;
  load: () => Promise<Row[]>;
  /** What the address calls the page, where a screen has more than one such list. */
  parameter?: 'page' | 'tokens_page';
};

/** A list that is loaded as a whole and shown page by page; the page's address says which. `all` are all of its rows. */
export function useWholeList<Row>({
  queryKey,
  load,
  parameter = 'page',
}: Options<Row>): List<Row> & { all: readonly Row[] } {
  const asked = Number(useUrlParameters().get(parameter) ?? '1');
  const query = useQuery({
    queryKey,
    queryFn: async () => ({ rows: await load(), loadedAt: Date.now() }),
  });
  const all = query.data?.rows ?? [];

  // An address may name a page that is no longer there, since rows are deleted.
  const last = Math.max(1, Math.ceil(all.length / PER_PAGE));
  const page = Math.min(Math.max(1, Math.trunc(asked) || 1), last);
  const goTo = (next: number) => changeUrl({ [parameter]: next === 1 ? undefined : String(next) });

  return {
    query,
    all,
    rows: all.slice((page - 1) * PER_PAGE, page * PER_PAGE),
    isFirst: page === 1,
    goFirst: () => goTo(1),
    goNext: page < last ? () => goTo(page + 1) : undefined,
    goPrevious: page > 1 ? () => goTo(page - 1) : undefined,
  };
}
