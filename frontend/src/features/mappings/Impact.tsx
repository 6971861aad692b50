import { Anchor, List, SimpleGrid, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { EntityType, MappingImpact, RecordImpact } from '../../api/generated';
import { useFormat } from '../../format/useFormat';
import { geniacsService } from '../../services/geniacsService';
import { Loaded, Panel } from '../../shared/Panel';
import { useDetailWords } from '../../shared/useDetailWords';
import { Value } from '../../shared/Value';
import { bodyOf, type Draft } from './draft';

const TYPING_PAUSE_MS = 800;
const SAMPLE = 100;
const SHOWN = 10;

type Props = { integrationId: number; entityType: EntityType; drafts: Draft[] };

/** How many of the last records would change or newly fail, before anything is saved. */
export function Impact({ integrationId, entityType, drafts }: Props) {
  const { t } = useTranslation();
  const [asked] = useDebouncedValue(drafts, TYPING_PAUSE_MS);
  const query = useQuery({
    queryKey: ['mapping-impact', integrationId, entityType, asked],
    queryFn: () =>
      geniacsService.previewMappings({
        integration_id: integrationId,
        entity_type: entityType,
        mappings: asked.map(bodyOf),
        sample_size: SAMPLE,
      }),
    placeholderData: keepPreviousData,
  });

  return (
    <Panel title={t('mappings.impact')}>
      <Text size="sm" c="dimmed">
        {t('mappings.impactHint')}
      </Text>
      <Loaded query={query}>
        {({ data }) => (
          <>
            {data.impact ? <Counts impact={data.impact} /> : null}
            <Records records={data.records ?? []} entityType={entityType} />
          </>
        )}
      </Loaded>
    </Panel>
  );
}

function Counts({ impact }: { impact: MappingImpact }) {
  const { t } = useTranslation();
  const format = useFormat();
  const counts = [
    { words: t('mappings.lookedAt'), count: impact.looked_at },
    { words: t('mappings.wouldChange'), count: impact.would_change },
    { words: t('mappings.newlyFail'), count: impact.would_newly_fail, isBad: true },
    { words: t('mappings.newlyPass'), count: impact.would_newly_pass },
  ];

  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} role="status">
      {counts.map(({ words, count, isBad }) => (
        <div key={words}>
          <Text size="xs" c="dimmed">
            {words}
          </Text>
          <Text fw={600} className="figures" c={isBad && count > 0 ? 'red' : undefined}>
            {format.number(count)}
          </Text>
        </div>
      ))}
    </SimpleGrid>
  );
}

type RecordsProps = { records: RecordImpact[]; entityType: EntityType };

function Records({ records, entityType }: RecordsProps) {
  const { t } = useTranslation();
  const words = useDetailWords();
  const touched = records.filter(
    ({ changes, valid, valid_before }) => changes.length > 0 || valid !== valid_before,
  );

  return (
    <List size="sm" spacing="xs" listStyleType="none">
      {touched.slice(0, SHOWN).map(({ record_id, changes, problems, valid }) => (
        <List.Item key={record_id}>
          <Anchor component={Link} to={`/records/${entityType}/${record_id}`} size="sm">
            {t('mappings.ofRecord', { id: record_id ?? '' })}
          </Anchor>
          {changes.map(({ field, before, after }) => (
            <div key={field}>
              {field}: <Value value={before} /> → <Value value={after} />
            </div>
          ))}
          {valid
            ? null
            : problems.map(({ local_field, message, rule, params }) => (
                <Text key={local_field} size="xs" c="red">
                  {local_field}: {words({ message, code: rule, params })}
                </Text>
              ))}
        </List.Item>
      ))}
    </List>
  );
}
