import { type Draft, type DraftField, draftFields } from './draft';

/** A place where both changed the same thing in different ways; `field` is none where one of them removed the mapping. */
export type Clash = {
  key: string;
  name: string;
  field: DraftField | null;
  mine: unknown;
  theirs: unknown;
};
type Side = 'mine' | 'theirs';
/** What was chosen for a clash, by its key and field. */
export type Choices = Record<string, Side>;

export const clashName = ({ key, field }: Pick<Clash, 'key' | 'field'>) => `${key}.${field ?? ''}`;

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/**
 * Three versions of a set become one. What only one of us changed is taken from there; where both changed the same, the
 * choice decides, and mine holds until one is made.
 */
export function merged(
  base: Draft[],
  mine: Draft[],
  theirs: Draft[],
  choices: Choices,
): { drafts: Draft[]; clashes: Clash[] } {
  const clashes: Clash[] = [];
  const chosen = (clash: Clash): Side => {
    clashes.push(clash);
    return choices[clashName(clash)] ?? 'mine';
  };
  const [was, here, there] = [base, mine, theirs].map(
    (drafts) => new Map(drafts.map((draft) => [draft.key, draft])),
  ) as [Map<string, Draft>, Map<string, Draft>, Map<string, Draft>];

  const kept = theirs.flatMap((their) => {
    const my = here.get(their.key);
    const before = was.get(their.key);
    if (my) return [mergedDraft(before, my, their, chosen)];
    // I removed it, or they have added it.
    if (!before || same(before, their)) return before ? [] : [their];
    const clash = {
      key: their.key,
      name: their.local_field,
      field: null,
      mine: null,
      theirs: their,
    };
    return chosen(clash) === 'theirs' ? [their] : [];
  });
  const added = mine.flatMap((my) => {
    if (there.has(my.key)) return [];
    const before = was.get(my.key);
    if (!before) return [my];
    // They removed it.
    if (same(before, my)) return [];
    const clash = { key: my.key, name: my.local_field, field: null, mine: my, theirs: null };
    // The gateway does not know its number any more: it is added anew.
    return chosen(clash) === 'mine' ? [{ ...my, id: undefined }] : [];
  });
  return { drafts: [...kept, ...added], clashes };
}

function mergedDraft(
  before: Draft | undefined,
  my: Draft,
  their: Draft,
  chosen: (clash: Clash) => Side,
): Draft {
  const result: Draft = { ...their };
  for (const field of draftFields) {
    const isMine = !same(my[field], before?.[field]);
    const isTheirs = !same(their[field], before?.[field]);
    const takeMine =
      isMine && isTheirs && !same(my[field], their[field])
        ? chosen({
            key: their.key,
            name: their.local_field,
            field,
            mine: my[field],
            theirs: their[field],
          }) === 'mine'
        : isMine;
    if (takeMine) Object.assign(result, { [field]: my[field] });
  }
  return result;
}
