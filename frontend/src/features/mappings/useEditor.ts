import { useState } from 'react';
import type { Mapping } from '../../api/generated';
import { type Draft, draftOf, newDraft } from './draft';

const MOST_STEPS_BACK = 100;

/** The rows that are edited, and the way back. */
export function useEditor(mappings: Mapping[]) {
  const [saved, setSaved] = useState(() => inOrder(mappings));
  const [drafts, setDrafts] = useState(saved);
  const [earlier, setEarlier] = useState<Draft[][]>([]);
  const [made, setMade] = useState(0);

  const set = (next: Draft[]) => {
    setEarlier([...earlier.slice(-MOST_STEPS_BACK), drafts]);
    setDrafts(next);
  };
  const start = (next: Mapping[]) => {
    const rows = inOrder(next);
    setSaved(rows);
    setDrafts(rows);
    setEarlier([]);
  };

  return {
    saved,
    drafts,
    canUndo: earlier.length > 0,
    change: (key: string, change: Partial<Draft>) =>
      set(drafts.map((draft) => (draft.key === key ? { ...draft, ...change } : draft))),
    add: () => {
      setMade(made + 1);
      set([...drafts, newDraft(`new-${made}`)]);
    },
    remove: (key: string) => set(drafts.filter((draft) => draft.key !== key)),
    undo: () => {
      setDrafts(earlier.at(-1) ?? drafts);
      setEarlier(earlier.slice(0, -1));
    },
    discard: () => set(saved),
    /** What the gateway has now. */
    start,
    /** Others are saved there now; the edit goes on with these. */
    rebase: (next: Mapping[], merged: Draft[]) => {
      setSaved(inOrder(next));
      set(merged);
    },
  };
}

export type Editor = ReturnType<typeof useEditor>;

export const inOrder = (mappings: Mapping[]) =>
  mappings.map(draftOf).sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
