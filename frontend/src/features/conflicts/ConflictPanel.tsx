import { Anchor, Button, Group, NativeSelect, Radio, Table, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Conflict, ConflictResolution, FieldConflict, Winner } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { useEntityTitle, useNames } from '../../shared/names';
import { Loaded, Panel } from '../../shared/Panel';
import { useAction } from '../../shared/useAction';
import { isPageCovered } from '../../shared/useEscape';
import { Value } from '../../shared/Value';
import { ResolveAll } from './ResolveAll';

type Props = { id: number; onDone: () => void; onMove: (step: number) => void };

/** One conflict: what was agreed, what is here, what is at Geniacs, and the choice for each field. */
export function ConflictPanel({ id, onDone, onMove }: Props) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['conflict', id],
    queryFn: () => geniacsService.getConflict(id),
  });

  return (
    <Panel
      title={t('conflicts.open', { id })}
      actions={
        <>
          <Button size="xs" variant="default" onClick={() => onMove(-1)}>
            {t('conflicts.previous')}
          </Button>
          <Button size="xs" variant="default" onClick={() => onMove(1)}>
            {t('conflicts.next')}
          </Button>
        </>
      }
    >
      <Loaded query={query}>
        {({ data }) => <Decide conflict={data.conflict} onDone={onDone} />}
      </Loaded>
    </Panel>
  );
}

/** The body that keeps one side where all choices agree, and else the choice of each field. */
export function resolutionOf(
  fields: FieldConflict[],
  choices: Record<string, Winner>,
): ConflictResolution {
  const chosen = fields.map(({ field }) => choices[field] ?? 'local');
  const first = chosen[0] ?? 'local';
  if (chosen.every((winner) => winner === first)) return { resolution: first };
  const merged = Object.fromEntries(fields.map(({ field }) => [field, choices[field] ?? 'local']));
  return { resolution: 'merge', fields: merged };
}

type DecideProps = { conflict: Conflict; onDone: () => void };

function Decide({ conflict, onDone }: DecideProps) {
  const { t } = useTranslation();
  const entityTitle = useEntityTitle();
  const stateName = useNames('statuses');
  const isOperator = useMay('operator');
  const mayResolve = isOperator && conflict.state === 'open';
  const [choices, setChoices] = useState<Record<string, Winner>>({});
  const resolve = useAction({
    run: (body: ConflictResolution) => geniacsService.resolveConflict(conflict.id, body),
    done: () => t('conflicts.settled', { id: conflict.id }),
    changes: [['conflicts'], ['conflict', conflict.id], ['attention']],
    after: onDone,
  });
  const keep = (resolution: Winner) => {
    if (mayResolve) resolve.start({ resolution });
  };
  useHotkeys([
    ['1', () => isPageCovered() || keep('local')],
    ['2', () => isPageCovered() || keep('geniacs')],
  ]);

  return (
    <>
      <Anchor
        component={Link}
        size="sm"
        to={`/records/${conflict.entity_type}/${conflict.local_id}?integration=${conflict.integration_id}`}
      >
        {entityTitle(conflict.entity_type)} {conflict.local_id}
      </Anchor>
      {conflict.state === 'open' ? null : (
        <Text size="sm">
          {t('conflicts.decided', { resolution: stateName(conflict.resolution ?? conflict.state) })}
        </Text>
      )}
      <FieldChoices
        fields={conflict.fields}
        choices={choices}
        onChoose={
          mayResolve ? (field, winner) => setChoices({ ...choices, [field]: winner }) : undefined
        }
      />
      {mayResolve ? (
        <Group gap="xs">
          <Button
            onClick={() => resolve.start(resolutionOf(conflict.fields, choices))}
            loading={resolve.isPending}
          >
            {t('conflicts.keepChosen')}
          </Button>
          <Button variant="default" onClick={() => keep('local')}>
            {t('conflicts.keepHere')}
          </Button>
          <Button variant="default" onClick={() => keep('geniacs')}>
            {t('conflicts.keepThere')}
          </Button>
        </Group>
      ) : null}
      {isOperator ? (
        <Group>
          <Alike conflict={conflict} choices={choices} />
        </Group>
      ) : null}
    </>
  );
}

type AlikeProps = { conflict: Conflict; choices: Record<string, Winner> };

/**
 * One decision for all conflicts that are alike: about exactly the same fields where one side was chosen for some of them
 * and the other for others, else about one field.
 */
function Alike({ conflict, choices }: AlikeProps) {
  const { integration_id, entity_type, fields } = conflict;
  // What it is about is settled by what is decided here.
  const isOffered = conflict.state === 'open';
  const { t } = useTranslation();
  const [chosen, choose] = useState('');
  const field = chosen || fields[0]?.field;
  if (field === undefined) return null;

  const decision = resolutionOf(fields, choices);
  if (decision.resolution === 'merge') {
    const names = fields.map((of) => of.field);
    return (
      <ResolveAll
        words={t('conflicts.alikeChosen')}
        filter={{ integration_id, entity_type, fields: names }}
        decision={decision}
        isOffered={isOffered}
      />
    );
  }

  return (
    <ResolveAll
      words={t('conflicts.alike')}
      filter={{ integration_id, entity_type, field }}
      isOffered={isOffered}
    >
      {fields.length > 1 ? (
        <NativeSelect
          label={t('conflicts.field')}
          value={field}
          onChange={({ currentTarget }) => choose(currentTarget.value)}
          data={fields.map((of) => of.field)}
        />
      ) : null}
    </ResolveAll>
  );
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

type ChoicesProps = {
  fields: FieldConflict[];
  choices: Record<string, Winner>;
  onChoose: ((field: string, winner: Winner) => void) | undefined;
};

function FieldChoices({ fields, choices, onChoose }: ChoicesProps) {
  const { t } = useTranslation();

  return (
    <Table.ScrollContainer minWidth={520} type="native" tabIndex={0}>
      <Table aria-label={t('conflicts.fields')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('conflicts.field')}</Table.Th>
            <Table.Th>{t('conflicts.kept')}</Table.Th>
            <Table.Th>{t('conflicts.here')}</Table.Th>
            <Table.Th>{t('conflicts.there')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {fields.map(({ field, base, local, geniacs, winner }) => (
            <Table.Tr key={field}>
              <Table.Th scope="row" fw={500}>
                {field}
              </Table.Th>
              <Table.Td>
                <Value value={base} />
              </Table.Td>
              {(['local', 'geniacs'] as const).map((side) => (
                <Table.Td key={side}>
                  <Radio
                    name={field}
                    aria-label={`${field}: ${t(side === 'local' ? 'conflicts.here' : 'conflicts.there')}, ${textOf(side === 'local' ? local : geniacs)}`}
                    label={<Value value={side === 'local' ? local : geniacs} />}
                    checked={(winner ?? choices[field] ?? 'local') === side}
                    onChange={() => onChoose?.(field, side)}
                    disabled={onChoose === undefined}
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
