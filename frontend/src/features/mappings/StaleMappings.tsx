import { Alert, Button, Group, Radio, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { geniacsService } from '../../services/geniacsService';
import { Loaded } from '../../shared/Panel';
import { Value } from '../../shared/Value';
import type { Draft } from './draft';
import { type Choices, type Clash, clashName, merged } from './merge';
import { type Editor, inOrder } from './useEditor';

type Props = {
  editor: Editor;
  load: () => ReturnType<typeof geniacsService.getMappingSet>;
  /** What is saved now became the base of the edit. */
  onRebased: (tag: string | null) => void;
};

/** Somebody else has saved meanwhile: mine, theirs, and a choice for each field that both of us changed. */
export function StaleMappings({ editor, load, onRebased }: Props) {
  const { t } = useTranslation();
  const query = useQuery({ queryKey: ['stale-mappings'], queryFn: load, gcTime: 0, staleTime: 0 });

  return (
    <Alert color="orange" variant="light" title={t('mappings.stale')} role="alert">
      <Loaded query={query}>
        {({ body, tag }) => (
          <Choose
            editor={editor}
            theirs={inOrder(body.data.mappings)}
            onTake={(drafts) => {
              editor.rebase(body.data.mappings, drafts);
              onRebased(tag);
            }}
          />
        )}
      </Loaded>
    </Alert>
  );
}

type ChooseProps = { editor: Editor; theirs: Draft[]; onTake: (drafts: Draft[]) => void };

function Choose({ editor, theirs, onTake }: ChooseProps) {
  const { t } = useTranslation();
  const [choices, setChoices] = useState<Choices>({});
  const { drafts, clashes } = merged(editor.saved, editor.drafts, theirs, choices);

  return (
    <>
      <Text size="sm">{t(clashes.length > 0 ? 'mappings.staleChoose' : 'mappings.staleFits')}</Text>
      {clashes.length > 0 ? (
        <Clashes clashes={clashes} choices={choices} onChoose={setChoices} />
      ) : null}
      <Group gap="xs" mt="xs">
        <Button size="xs" onClick={() => onTake(drafts)}>
          {t('mappings.staleMine')}
        </Button>
        <Button size="xs" variant="default" onClick={() => onTake(theirs)}>
          {t('mappings.staleTheirs')}
        </Button>
      </Group>
    </>
  );
}

type ClashesProps = {
  clashes: Clash[];
  choices: Choices;
  onChoose: (choices: Choices) => void;
};

function Clashes({ clashes, choices, onChoose }: ClashesProps) {
  const { t } = useTranslation();

  return (
    <Table.ScrollContainer minWidth={420} type="native" tabIndex={0}>
      <Table aria-label={t('mappings.stale')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('shared.stale.field')}</Table.Th>
            <Table.Th>{t('shared.stale.mine')}</Table.Th>
            <Table.Th>{t('shared.stale.theirs')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {clashes.map((clash) => (
            <Table.Tr key={clashName(clash)}>
              <Table.Th scope="row">
                {clash.name}
                <Text size="xs" c="dimmed">
                  {clash.field ? t(`mappings.parts.${clash.field}`) : null}
                </Text>
              </Table.Th>
              {(['mine', 'theirs'] as const).map((side) => (
                <Table.Td key={side}>
                  <Radio
                    name={clashName(clash)}
                    label={<ClashValue clash={clash} side={side} />}
                    checked={(choices[clashName(clash)] ?? 'mine') === side}
                    onChange={() => onChoose({ ...choices, [clashName(clash)]: side })}
                  />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function ClashValue({ clash, side }: { clash: Clash; side: 'mine' | 'theirs' }) {
  const { t } = useTranslation();
  if (clash.field) return <Value value={clash[side]} />;
  return <>{t(clash[side] === null ? 'mappings.isRemoved' : 'mappings.isChanged')}</>;
}
