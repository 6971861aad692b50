import { Group, NativeSelect, Stack, Table, Text, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EntityType, MappedField, RuleOutcome } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { useNames } from '../../shared/names';
import { Loaded, Panel } from '../../shared/Panel';
import { useDetailWords } from '../../shared/useDetailWords';
import { useUrlParameter } from '../../shared/useUrlParameter';
import { Value } from '../../shared/Value';
import { bodyOf, type Draft } from './draft';
import classes from './TryOut.module.css';

const TYPING_PAUSE_MS = 400;

type Props = { integrationId: number; entityType: EntityType; drafts: Draft[] };

/** One record with the mappings as they are typed: each value, each rule's step, each message. */
export function TryOut({ integrationId, entityType, drafts }: Props) {
  const { t } = useTranslation();
  const directionName = useNames('directions');
  const [recordId, setRecordId] = useUrlParameter('id', '');
  const [direction, setDirection] = useState<'to_geniacs' | 'from_geniacs'>('to_geniacs');
  const [pasted, setPasted] = useState('');
  const record = parsed(pasted);
  const source = useSource(entityType, integrationId, recordId, record);
  const [asked] = useDebouncedValue({ drafts, direction, source }, TYPING_PAUSE_MS);
  const query = useQuery({
    queryKey: ['mapping-preview', integrationId, entityType, asked],
    queryFn: () =>
      geniacsService.previewMappings({
        integration_id: integrationId,
        entity_type: entityType,
        direction: asked.direction,
        mappings: asked.drafts.map(bodyOf),
        ...asked.source,
      }),
    enabled: asked.source !== undefined,
    placeholderData: keepPreviousData,
  });

  return (
    <Panel title={t('mappings.preview')}>
      <Text size="sm" c="dimmed">
        {t('mappings.previewHint')}
      </Text>
      <Group align="flex-start">
        <NativeSelect
          label={t('mappings.direction')}
          value={direction}
          onChange={({ currentTarget }) => setDirection(currentTarget.value as typeof direction)}
          data={(['to_geniacs', 'from_geniacs'] as const).map((value) => ({
            value,
            label: directionName(value),
          }))}
        />
        <TextInput
          label={t('mappings.record')}
          inputMode="numeric"
          value={recordId}
          onChange={({ currentTarget }) => setRecordId(currentTarget.value.replace(/\D/g, ''))}
        />
      </Group>
      <Textarea
        label={t('mappings.pasted')}
        value={pasted}
        onChange={({ currentTarget }) => setPasted(currentTarget.value)}
        error={pasted !== '' && record === undefined ? t('mappings.pastedWrong') : undefined}
        rows={2}
        resize="vertical"
      />
      <Loaded query={query}>
        {({ data }) => (data.preview ? <Steps fields={data.preview.fields} /> : null)}
      </Loaded>
    </Panel>
  );
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as never) : undefined;
  } catch {
    return undefined;
  }
}

/** The pasted record, the chosen one, or the first that there is. */
function useSource(
  entityType: EntityType,
  integrationId: number,
  recordId: string,
  record: Record<string, unknown> | undefined,
) {
  const first = useQuery({
    queryKey: ['records', entityType, integrationId, 'first'],
    queryFn: () =>
      geniacsService.getRecords(entityType, { integration_id: integrationId, limit: 1 }),
  });
  if (record) return { record };
  if (recordId) return { record_id: Number(recordId) };
  const id = first.data?.data.records[0]?.id;
  return id === undefined ? undefined : { record_id: id };
}

function Steps({ fields }: { fields: MappedField[] }) {
  const { t } = useTranslation();

  return (
    <Table.ScrollContainer minWidth={420} type="native" tabIndex={0}>
      <Table aria-label={t('mappings.result')} verticalSpacing={6} className={classes.result}>
        <Table.Tbody>
          {fields.map((field) => (
            <Table.Tr key={`${field.local_field}-${field.geniacs_field}`}>
              <Table.Th scope="row" fw={500}>
                {field.local_field}
                <Text size="xs" c="dimmed">
                  {field.geniacs_field}
                </Text>
              </Table.Th>
              <Table.Td>
                <Value value={field.value} />
                {stepsOf(field).map(({ step, isChange }) => (
                  <Step key={`${step.rule}-${isChange}`} step={step} isChange={isChange} />
                ))}
              </Table.Td>
              <Table.Td>
                <Text size="xs" c={field.outcome === 'failed' ? 'red' : 'dimmed'}>
                  {t(`mappings.outcome.${field.outcome}`)}
                </Text>
                <Value value={field.result} />
                <Problem code={field.code} params={field.params} message={field.message} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** The rules in their order, and whether one changed the value. */
function stepsOf({ value, transformations, validations }: MappedField) {
  let before: unknown = value;
  return [...transformations, ...validations].map((step) => {
    const isChange = JSON.stringify(step.value) !== JSON.stringify(before);
    before = step.value;
    return { step, isChange };
  });
}

function Step({ step, isChange }: { step: RuleOutcome; isChange: boolean }) {
  const ruleName = useNames('rules');
  return (
    <Stack gap={0}>
      <Text size="xs" c={step.passed ? 'dimmed' : 'red'}>
        {step.passed ? '✓' : '✗'} {ruleName(step.rule)}
        {isChange ? (
          <>
            {' → '}
            <Value value={step.value} />
          </>
        ) : null}
      </Text>
      <Problem code={step.code} params={step.params} message={step.message} />
    </Stack>
  );
}

type ProblemProps = {
  code: string | null;
  params: Record<string, unknown>;
  message: string | null;
};

/** What a rule found wrong, in the viewer's language. */
function Problem({ code, params, message }: ProblemProps) {
  const words = useDetailWords();
  if (message === null) return null;
  return (
    <Text size="xs" c="red">
      {words({ message, params, ...(code ? { code } : {}) })}
    </Text>
  );
}
