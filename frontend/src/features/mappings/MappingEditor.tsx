import { Alert, Button, Group, List, SimpleGrid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiFailure } from '../../api/failure';
import type { EntityType, Mapping } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { FailurePanel } from '../../shared/FailurePanel';
import { Panel } from '../../shared/Panel';
import { useAction } from '../../shared/useAction';
import { bodyOf, changesOf, type DraftChange } from './draft';
import { FailedRecords } from './FailedRecords';
import { Impact } from './Impact';
import { MappingTable } from './MappingTable';
import { StaleMappings } from './StaleMappings';
import { TryOut } from './TryOut';
import { type Editor, useEditor } from './useEditor';

type Props = {
  integrationId: number;
  entityType: EntityType;
  saved: Mapping[];
  tag: string | null;
};

/** The table, what is not saved yet, and beside it what it would do. */
export function MappingEditor({ integrationId, entityType, saved, tag: firstTag }: Props) {
  const { t } = useTranslation();
  const mayChange = useMay('admin');
  const mayTry = useMay('operator');
  const editor = useEditor(saved);
  const [tag, setTag] = useState(firstTag);
  const fields = useQuery({
    queryKey: ['mapping-fields', integrationId, entityType],
    queryFn: () => geniacsService.getMappingFields({ integrationId, entityType }),
  });
  const save = useAction({
    run: () =>
      geniacsService.saveMappingSet({
        integrationId,
        entityType,
        tag,
        mappings: editor.drafts.map(bodyOf),
      }),
    done: () => t('mappings.saved'),
    after: ({ body, tag: next }) => {
      editor.start(body.data.mappings);
      setTag(next);
    },
    quiet: true,
  });
  const problems = save.error instanceof ApiFailure ? save.error.details : [];
  const changes = changesOf(editor.saved, editor.drafts);

  return (
    <>
      <FailedRecords hasChanges={changes.length > 0} />
      <Panel>
        <MappingTable
          editor={editor}
          fields={fields.data?.data}
          problems={problems}
          isReadOnly={!mayChange}
        />
        {mayChange ? (
          <Group gap="xs">
            <Button variant="default" onClick={editor.add}>
              {t('mappings.add')}
            </Button>
            <Button variant="default" onClick={editor.undo} disabled={!editor.canUndo}>
              {t('mappings.undo')}
            </Button>
            <Button variant="default" onClick={editor.discard} disabled={changes.length === 0}>
              {t('mappings.discard')}
            </Button>
            <Button
              onClick={() => save.start(undefined)}
              loading={save.isPending}
              disabled={changes.length === 0}
            >
              {t('mappings.save')}
            </Button>
          </Group>
        ) : null}
        <SaveFailure
          failure={save.error}
          editor={editor}
          load={() => geniacsService.getMappingSet({ integrationId, entityType })}
          onTag={(next) => {
            setTag(next);
            save.reset();
          }}
        />
        <Changes changes={changes} />
      </Panel>
      {mayTry ? (
        <SimpleGrid cols={{ base: 1, lg: 2 }} style={{ alignItems: 'start' }}>
          <TryOut integrationId={integrationId} entityType={entityType} drafts={editor.drafts} />
          <Impact integrationId={integrationId} entityType={entityType} drafts={editor.drafts} />
        </SimpleGrid>
      ) : null}
    </>
  );
}

type SaveFailureProps = {
  failure: unknown;
  editor: Editor;
  load: () => ReturnType<typeof geniacsService.getMappingSet>;
  onTag: (tag: string | null) => void;
};

/** Why nothing was saved; where somebody else was faster, the choice between theirs and mine. */
function SaveFailure({ failure, editor, load, onTag }: SaveFailureProps) {
  const { t } = useTranslation();
  if (!failure) return null;
  if (!(failure instanceof ApiFailure)) return <FailurePanel failure={failure} />;

  if (failure.code === 'stale_version') {
    return <StaleMappings editor={editor} load={load} onRebased={onTag} />;
  }
  if (failure.details.length > 0) {
    return (
      <Alert color="red" variant="light" role="alert">
        {t('mappings.problem')}
      </Alert>
    );
  }
  return <FailurePanel failure={failure} />;
}

function Changes({ changes }: { changes: DraftChange[] }) {
  const { t } = useTranslation();
  if (changes.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t('mappings.noChanges')}
      </Text>
    );
  }

  return (
    <div role="status">
      <Text size="sm" fw={600}>
        {t('mappings.changes')}
      </Text>
      <List size="sm">
        {changes.map((change) => (
          <List.Item key={`${change.kind}-${change.field}`}>
            {change.kind === 'changed'
              ? t('mappings.changed', {
                  field: change.field,
                  what: change.what.map((name) => t(`mappings.parts.${name}`)).join(', '),
                })
              : t(`mappings.${change.kind}`, { field: change.field })}
          </List.Item>
        ))}
      </List>
    </div>
  );
}
