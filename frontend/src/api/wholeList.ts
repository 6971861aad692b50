import type { Pagination } from './generated';

type Page<Key extends string, Row> = {
  data: { pagination: Pagination } & Record<Key, Row[]>;
};

/** As many rows as the API gives at once. */
export const WHOLE_PAGE = 100;

/**
 * All rows of a list that the API cuts into numbered pages, in the shape of its first page. `load` asks for one page.
 *
 * A row that moved to another page between two answers comes twice or not at all; the event that tells of the change
 * makes the list load again, so that this does not last.
 */
export async function wholeList<
  Key extends string,
  Row extends { id: number },
  Body extends Page<Key, Row>,
>(key: Key, load: (page: number) => Promise<Body>): Promise<Body> {
  const first = await load(1);
  const pages = first.data.pagination?.total_pages ?? 1;
  if (pages <= 1) return first;

  const numbers = Array.from({ length: pages - 1 }, (_, place) => place + 2);
  const others = await Promise.all(numbers.map(load));
  const rows = new Map<number, Row>();
  for (const page of [first, ...others]) {
    for (const row of page.data[key]) rows.set(row.id, row);
  }

  return { ...first, data: { ...first.data, [key]: [...rows.values()] } };
}
