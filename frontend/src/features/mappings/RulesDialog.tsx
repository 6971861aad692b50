import {
  ActionIcon,
  Button,
  Card,
  Group,
  Modal,
  NativeSelect,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { MappingRule } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
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
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t('mappings.editRules', { field: draft.local_field })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Loaded query={query}>
        {({ data }) => {
          const fitting = data.rules.filter(({ field_types }) =>
            field_types.includes(draft.field_type),
          );
          const of = (kind: MappingRule['kind']) => fitting.filter((rule) => rule.kind === kind);
          return (
            <Stack>
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
    </Modal>
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
            ...unused.map(({ name }) => ({ value: name, label: name })),
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
  isReadOnly: boolean;
};

function RuleCard({ rule, about, onChange, onRemove, isReadOnly }: CardProps) {
  const { t } = useTranslation();

  return (
    <Card withBorder padding="sm">
      <Group justify="space-between" wrap="nowrap">
        <Text fw={600} size="sm">
          {rule.name}{' '}
          {about?.direction === 'to_geniacs' ? (
            <Text span size="xs" c="dimmed">
              {t('mappings.onlyPush')}
            </Text>
          ) : null}
        </Text>
        {isReadOnly ? null : (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t('mappings.removeRule', { rule: rule.name })}
            onClick={onRemove}
          >
            <IconTrash size={16} aria-hidden />
          </ActionIcon>
        )}
      </Group>
      <RuleArgument rule={rule} about={about} onChange={onChange} isReadOnly={isReadOnly} />
    </Card>
  );
}
