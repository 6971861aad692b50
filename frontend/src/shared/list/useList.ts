import { keepPreviousData, type QueryKey, useQuery } from '@tanstack/react-query';
import { changeUrl, useUrlParameters } from '../useUrlParameter';

const PER_PAGE = 50;

/** A part of a long list, and where it goes on. */
export type Stretch<Row> = {
  rows: Row[];
  next?: string | null | undefined;
  previous?: string | null | undefined;
  loadedAt?: number;
};

type StretchRequest = { limit: number; after?: string; before?: string };

type Options<Row> = {
  /** What the list is and how it is filtered: lists of the same key share their data. */
  queryKey: QueryKey;
  load: (request: StretchRequest) => Promise<Stretch<Row>>;
  isEnabled?: boolean;
  /** Goes before `after` and `before` in the address, where a page has more than one list. */
  prefix?: string;
};

/** One list, of which the page's address says what part is shown. */
export function useList<Row>({ queryKey, load, isEnabled = true, prefix = '' }: Options<Row>) {
  const parameters = useUrlParameters();
  const after = parameters.get(`${prefix}after`);
  const before = parameters.get(`${prefix}before`);
  const query = useQuery({
    queryKey: [...queryKey, { after, before }],
    queryFn: async () => {
      const place = { ...(after ? { after } : {}), ...(before ? { before } : {}) };
      return { ...(await load({ limit: PER_PAGE, ...place })), loadedAt: Date.now() };
    },
    placeholderData: keepPreviousData,
    enabled: isEnabled,
  });
  const stretch: Stretch<Row> | undefined = query.data;

  return {
    query,
    rows: stretch?.rows ?? [],
    isFirst: !after && !before,
    goFirst: () => changeUrl({ [`${prefix}after`]: undefined, [`${prefix}before`]: undefined }),
    goNext: stretch?.next
      ? () =>
          changeUrl({
            [`${prefix}after`]: stretch.next ?? undefined,
            [`${prefix}before`]: undefined,
          })
      : undefined,
    goPrevious: stretch?.previous
      ? () =>
          changeUrl({
            [`${prefix}before`]: stretch.previous ?? undefined,
            [`${prefix}after`]: undefined,
          })
      : undefined,
  };
}

export type List<Row> = ReturnType<typeof useList<Row>>;
