/** What became of things that were done one after the other: one that fails does not keep the others from being done. */
export type EachOutcome = { done: number; failures: unknown[] };

export async function forEachChosen<Id>(
  ids: readonly Id[],
  act: (id: Id) => Promise<unknown>,
): Promise<EachOutcome> {
  const failures: unknown[] = [];
  for (const id of ids) {
    try {
      await act(id);
    } catch (failure) {
      failures.push(failure);
    }
  }
  return { done: ids.length - failures.length, failures };
}
