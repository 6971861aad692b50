import type { Mapping, MappingOfSet, Rules } from '../../api/generated';

/** A mapping while it is edited. `key` stays the same whatever is typed. */
export type Draft = {
  key: string;
  id: number | undefined;
  local_field: string;
  geniacs_field: string;
  field_type: Mapping['field_type'];
  is_required: boolean;
  is_active: boolean;
  default_value: string;
  conflict_policy: Mapping['conflict_policy'];
  transformations: Rule[];
  validations: Rule[];
};

/** A rule and what it is given. */
export type Rule = { name: string; argument: unknown };

export function draftOf(mapping: Mapping): Draft {
  return {
    key: String(mapping.id),
    id: mapping.id,
    local_field: mapping.local_field,
    geniacs_field: mapping.geniacs_field,
    field_type: mapping.field_type,
    is_required: mapping.is_required,
    is_active: mapping.is_active,
    default_value: mapping.default_value ?? '',
    conflict_policy: mapping.conflict_policy,
    transformations: rulesOf(mapping.transformation_rules),
    validations: rulesOf(mapping.validation_rules),
  };
}

export function newDraft(key: string): Draft {
  return {
    key,
    id: undefined,
    local_field: '',
    geniacs_field: '',
    field_type: 'string',
    is_required: false,
    is_active: true,
    default_value: '',
    conflict_policy: null,
    transformations: [],
    validations: [],
  };
}

export function bodyOf({ key: _, transformations, validations, ...draft }: Draft): MappingOfSet {
  return {
    ...draft,
    ...(draft.id === undefined ? {} : { id: draft.id }),
    default_value: draft.default_value === '' ? null : draft.default_value,
    transformation_rules: jsonOf(transformations),
    validation_rules: jsonOf(validations),
  } as MappingOfSet;
}

/** Rules as they are kept: an object of rules, or a list of names and of objects. A rule that is `false` is off. */
export function rulesOf(json: unknown): Rule[] {
  if (Array.isArray(json)) return json.flatMap(rulesOf);
  if (typeof json === 'string') return [{ name: json, argument: true }];
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json)
    .filter(([, argument]) => argument !== false)
    .map(([name, argument]) => ({ name, argument }));
}

/** A list keeps the order in which the rules stand here; one rule twice needs it, too. */
function jsonOf(rules: Rule[]): Rules | null {
  if (rules.length === 0) return null;
  return rules.map(({ name, argument }) => ({ [name]: argument })) as Rules;
}

/** What can be changed of a mapping. */
export const draftFields = [
  'local_field',
  'geniacs_field',
  'field_type',
  'is_required',
  'is_active',
  'default_value',
  'conflict_policy',
  'transformations',
  'validations',
] as const;
export type DraftField = (typeof draftFields)[number];

export type DraftChange =
  | { kind: 'added' | 'removed'; field: string }
  | { kind: 'changed'; field: string; what: DraftField[] };

/** What is different from what is saved. */
export function changesOf(saved: Draft[], drafts: Draft[]): DraftChange[] {
  const byKey = new Map(saved.map((draft) => [draft.key, draft]));
  const kept = new Set(drafts.map(({ key }) => key));

  const changes = drafts.flatMap((draft): DraftChange[] => {
    const before = byKey.get(draft.key);
    if (!before) return [{ kind: 'added', field: draft.local_field }];
    const what = draftFields.filter(
      (name) => JSON.stringify(before[name]) !== JSON.stringify(draft[name]),
    );
    return what.length > 0 ? [{ kind: 'changed', field: draft.local_field, what: [...what] }] : [];
  });
  const removed = saved.filter(({ key }) => !kept.has(key));
  return [
    ...changes,
    ...removed.map(({ local_field }): DraftChange => ({ kind: 'removed', field: local_field })),
  ];
}
