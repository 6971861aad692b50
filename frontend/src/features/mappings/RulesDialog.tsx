import {
  ActionIcon,
  Button,
  Card,
  Group,
  NativeSelect,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { IconArrowUp, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { MappingRule } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { Dialog } from '../../shared/Dialog';
import { useNames } from '../../shared/names';
import { Loaded } from '../../shared/Panel';
import type { Draft, Rule } from './draft';
import { RuleArgument } from './RuleArgument';

type Props = {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  onClose: () => void;
  isReadOnly: boolean;
};

/** The rules of one mapping, built from what the gateway's catalogue offers for its type. */
export function RulesDialog({ draft, onChange, onClose, isReadOnly }: Props) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['mapping-rules'],
    queryFn: () => geniacsService.getMappingRules(),
    staleTime: Number.POSITIVE_INFINITY,
  });

  return (
    <Dialog
      opened
      onClose={onClose}
      size="lg"
      title={t('mappings.editRules', { field: draft.local_field })}
    >
      <Loaded query={query}>
        {({ data }) => {
          const fitting = data.rules.filter(({ field_types }) =>
            field_types.includes(draft.field_type),
          );
          const of = (kind: MappingRule['kind']) => fitting.filter((rule) => rule.kind === kind);
          return (
            <Stack>
              <Details draft={draft} onChange={onChange} isReadOnly={isReadOnly} />
              <RuleList
                title={t('mappings.transformations')}
                rules={draft.transformations}
                catalogue={of('transformation')}
                onChange={(transformations) => onChange({ transformations })}
                isReadOnly={isReadOnly}
              />
              <RuleList
                title={t('mappings.validations')}
                rules={draft.validations}
                catalogue={of('validation')}
                onChange={(validations) => onChange({ validations })}
                isReadOnly={isReadOnly}
              />
              <Group justify="flex-end">
                <Button onClick={onClose}>{t('common.close')}</Button>
              </Group>
            </Stack>
          );
        }}
      </Loaded>
    </Dialog>
  );
}

const policies = ['newest', 'local', 'geniacs', 'manual'] as const;

/** What is seldom changed: the value where there is none, and who wins a conflict of this field. */
function Details({ draft, onChange, isReadOnly }: Omit<Props, 'onClose'>) {
  const { t } = useTranslation();
  const policyName = useNames('policies');

  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <TextInput
        label={t('mappings.default')}
        description={t('mappings.defaultHint')}
        value={draft.default_value}
        onChange={({ currentTarget }) => onChange({ default_value: currentTarget.value })}
        disabled={isReadOnly}
      />
      <NativeSelect
        label={t('mappings.policy')}
        description={t('mappings.policyHint')}
        value={draft.conflict_policy ?? ''}
        onChange={({ currentTarget }) =>
          onChange({
            conflict_policy: policies.find((name) => name === currentTarget.value) ?? null,
          })
        }
        data={[
          { value: '', label: t('mappings.policyUsual') },
          ...policies.map((value) => ({ value, label: policyName(value) })),
        ]}
        disabled={isReadOnly}
      />
    </SimpleGrid>
  );
}

type ListProps = {
  title: string;
  rules: Rule[];
  catalogue: MappingRule[];
  onChange: (rules: Rule[]) => void;
  isReadOnly: boolean;
};

function RuleList({ title, rules, catalogue, onChange, isReadOnly }: ListProps) {
  const { t } = useTranslation();
  const ruleName = useNames('rules');
  const unused = catalogue.filter(({ name }) => !rules.some((rule) => rule.name === name));

  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        {title}
      </Title>
      {rules.map((rule, place) => (
        <RuleCard
          key={rule.name}
          rule={rule}
          about={catalogue.find(({ name }) => name === rule.name)}
          onChange={(argument) =>
            onChange(rules.map((other, at) => (at === place ? { ...other, argument } : other)))
          }
          onRemove={() => onChange(rules.filter((_, at) => at !== place))}
          onUp={place === 0 ? undefined : () => onChange(swapped(rules, place))}
          isReadOnly={isReadOnly}
        />
      ))}
      {isReadOnly ? null : (
        <NativeSelect
          aria-label={`${t('mappings.addRule')}: ${title}`}
          value=""
          onChange={({ currentTarget }) => {
            const chosen = catalogue.find(({ name }) => name === currentTarget.value);
            if (chosen) onChange([...rules, { name: chosen.name, argument: chosen.example }]);
          }}
          data={[
            { value: '', label: t('mappings.addRule') },
            ...unused.map(({ name }) => ({ value: name, label: ruleName(name) })),
          ]}
        />
      )}
    </Stack>
  );
}

type CardProps = {
  rule: Rule;
  about: MappingRule | undefined;
  onChange: (argument: unknown) => void;
  onRemove: () => void;
  /** Before the rule above it; none for the first. */
  onUp: (() => void) | undefined;
  isReadOnly: boolean;
};

/** The rule at a place before the one that stands there now. */
function swapped(rules: Rule[], place: number): Rule[] {
  const moved = rules.slice(place, place + 1);
  return [
    ...rules.slice(0, place - 1),
    ...moved,
    ...rules.slice(place - 1, place),
    ...rules.slice(place + 1),
  ];
}

function RuleCard({ rule, about, onChange, onRemove, onUp, isReadOnly }: CardProps) {
  const { t } = useTranslation();
  const name = useNames('rules')(rule.name);

  return (
    <Card withBorder padding="sm">
      <Group justify="space-between" wrap="nowrap">
        <Text fw={600} size="sm">
          {name}{' '}
          {about?.direction === 'to_geniacs' ? (
            <Text span size="xs" c="dimmed">
              {t('mappings.onlyPush')}
            </Text>
          ) : null}
        </Text>
        {isReadOnly ? null : (
          <Group gap={2} wrap="nowrap">
            {onUp ? (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t('mappings.earlier', { rule: name })}
                onClick={onUp}
              >
                <IconArrowUp size={16} aria-hidden />
              </ActionIcon>
            ) : null}
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t('mappings.removeRule', { rule: name })}
              onClick={onRemove}
            >
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          </Group>
        )}
      </Group>
      <RuleArgument rule={rule} about={about} onChange={onChange} isReadOnly={isReadOnly} />
    </Card>
  );
}
