import {
  ActionIcon,
  Autocomplete,
  Button,
  Checkbox,
  Group,
  NativeSelect,
  Text,
} from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldProblem } from '../../api/failure';
import type { FieldType, GeniacsField, LocalFields } from '../../api/generated';
import { type Column, DataTable } from '../../shared/list/DataTable';
import { useNames } from '../../shared/names';
import { Empty } from '../../shared/Panel';
import { useDetailWords } from '../../shared/useDetailWords';
import type { Draft } from './draft';
import classes from './MappingTable.module.css';
import { RulesDialog } from './RulesDialog';
import type { Editor } from './useEditor';

const types = ['string', 'number', 'boolean', 'date', 'json'] as const;

type Props = {
  editor: Editor;
  fields: LocalFields | undefined;
  problems: FieldProblem[];
  isReadOnly: boolean;
};

/** The mappings, edited in place. */
export function MappingTable({ editor, fields, problems, isReadOnly }: Props) {
  const { t } = useTranslation();
  const [ruled, setRuled] = useState<string | null>(null);
  const columns = useMappingColumns({ editor, fields, problems, isReadOnly }, setRuled);
  const draft = editor.drafts.find(({ key }) => key === ruled);
  const table = useRef<HTMLDivElement>(null);
  // What the gateway found wrong gets the focus.
  useEffect(() => {
    if (problems.length > 0)
      table.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [problems]);
  if (editor.drafts.length === 0) return <Empty title={t('mappings.empty')} />;

  return (
    <>
      <div ref={table}>
        <DataTable
          caption={t('mappings.title')}
          rows={editor.drafts}
          columns={columns}
          rowId={({ key }) => key}
        />
      </div>
      {draft ? (
        <RulesDialog
          draft={draft}
          onChange={(change) => editor.change(draft.key, change)}
          onClose={() => setRuled(null)}
          isReadOnly={isReadOnly}
        />
      ) : null}
    </>
  );
}

const SHOWN_VALUES = 3;

/** A field that was seen at Geniacs, with values that it had. */
function SeenField({ field }: { field: GeniacsField | undefined }) {
  if (!field) return null;
  return (
    <div>
      <Text size="sm">{field.name}</Text>
      <Text size="xs" c="dimmed">
        {[field.types.join(', '), ...field.values.slice(0, SHOWN_VALUES).map(String)].join(' · ')}
      </Text>
    </div>
  );
}

function useMappingColumns(
  { editor, fields, problems, isReadOnly }: Props,
  onRules: (key: string) => void,
): Column<Draft>[] {
  const { t } = useTranslation();
  const typeName = useNames('types');
  const locals = fields?.fields.map(({ name }) => name) ?? [];
  const partners = fields?.geniacs_fields.map(({ name }) => name) ?? [];
  const ruleName = useNames('rules');
  const words = useDetailWords();
  const rulesOf = ({ transformations, validations }: Draft) =>
    [...transformations, ...validations].map(({ name }) => ruleName(name)).join(', ') ||
    t('mappings.noRules');
  const problemOf = (draft: Draft, name: string) => {
    const place = editor.drafts.indexOf(draft);
    const found = problems.find(({ field }) => field.startsWith(`mappings[${place}].${name}`));
    return found && words(found);
  };
  const seen = new Map(fields?.geniacs_fields.map((field) => [field.name, field]));

  return [
    {
      name: t('mappings.local'),
      show: (draft) => (
        <NativeSelect
          aria-label={`${t('mappings.local')} ${draft.local_field}`}
          className={classes.picker}
          value={draft.local_field}
          onChange={({ currentTarget }) =>
            editor.change(draft.key, { local_field: currentTarget.value })
          }
          data={[...new Set(['', draft.local_field, ...locals])]}
          error={problemOf(draft, 'local_field')}
          disabled={isReadOnly}
        />
      ),
    },
    {
      name: t('mappings.geniacs'),
      show: (draft) => (
        <Autocomplete
          aria-label={`${t('mappings.geniacs')} ${draft.local_field}`}
          className={classes.picker}
          comboboxProps={{ width: 320, position: 'bottom-start' }}
          renderOption={({ option }) => <SeenField field={seen.get(option.value)} />}
          value={draft.geniacs_field}
          onChange={(geniacs_field) => editor.change(draft.key, { geniacs_field })}
          data={[...new Set(partners)]}
          error={problemOf(draft, 'geniacs_field')}
          disabled={isReadOnly}
        />
      ),
    },
    {
      name: t('mappings.type'),
      show: (draft) => (
        <NativeSelect
          aria-label={`${t('mappings.type')} ${draft.local_field}`}
          className={classes.type}
          value={draft.field_type}
          onChange={({ currentTarget }) =>
            editor.change(draft.key, { field_type: currentTarget.value as FieldType })
          }
          data={types.map((value) => ({ value, label: typeName(value) }))}
          error={problemOf(draft, 'field_type')}
          disabled={isReadOnly}
        />
      ),
    },
    {
      name: t('mappings.rules'),
      show: (draft) => (
        <div>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => onRules(draft.key)}
            h="auto"
            py={4}
            styles={{ label: { whiteSpace: 'normal', textAlign: 'start', fontWeight: 400 } }}
            aria-label={`${t('mappings.editRules', { field: draft.local_field })}: ${rulesOf(draft)}`}
          >
            {rulesOf(draft)}
          </Button>
          <Text size="xs" c="red">
            {problemOf(draft, 'transformation_rules') ??
              problemOf(draft, 'validation_rules') ??
              problemOf(draft, 'default_value')}
          </Text>
        </div>
      ),
    },
    ...(['is_required', 'is_active'] as const).map(
      (name): Column<Draft> => ({
        name: t(name === 'is_required' ? 'mappings.required' : 'mappings.active'),
        isNarrow: true,
        show: (draft) => (
          <Checkbox
            aria-label={`${t(name === 'is_required' ? 'mappings.required' : 'mappings.active')} ${draft.local_field}`}
            checked={draft[name]}
            onChange={({ currentTarget }) =>
              editor.change(draft.key, { [name]: currentTarget.checked })
            }
            disabled={isReadOnly}
          />
        ),
      }),
    ),
    {
      name: t('shared.actions'),
      isAtEnd: true,
      isNarrow: true,
      show: (draft) =>
        isReadOnly ? null : (
          <Group justify="flex-end">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t('mappings.remove', { field: draft.local_field })}
              onClick={() => editor.remove(draft.key)}
            >
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ),
    },
  ];
}
