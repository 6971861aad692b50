import { Anchor, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type {
  EntityType,
  Record as LinkedRecord,
  MappedField,
  WebhookEvent,
} from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { useMay } from '../../session/session';
import { Loaded } from '../../shared/Panel';
import { useDetailWords } from '../../shared/useDetailWords';
import { Value } from '../../shared/Value';
import { recordOf } from './recordOf';

/** What becomes of the event's fields here, beside the record as it is now. */
export function MappedRecord({ event }: { event: WebhookEvent }) {
  const { t } = useTranslation();
  const { entity_type: entityType, geniacs_id: geniacsId, integration_id: integrationId } = event;
  const local = useQuery({
    queryKey: ['records', entityType, integrationId, 'linked', geniacsId],
    queryFn: async () => {
      const { data } = await geniacsService.getRecords(entityType as EntityType, {
        integration_id: integrationId,
        q: geniacsId ?? '',
        limit: 10,
      });
      // The search is by the beginning of an id.
      return { record: data.records.find(({ geniacs_id }) => geniacs_id === geniacsId) };
    },
    enabled: entityType !== null && geniacsId !== null,
  });
  if (entityType === null) return null;

  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        {t('webhooks.mapped')}
      </Title>
      <Text size="sm" c="dimmed">
        {t('webhooks.mappedHint')}
      </Text>
      <Loaded query={local}>
        {({ record }) =>
          record ? (
            <Anchor
              component={Link}
              size="sm"
              to={`/records/${entityType}/${record.id}?integration=${integrationId}`}
            >
              {t('webhooks.record')} {record.id}
            </Anchor>
          ) : (
            <Text size="sm">{t('webhooks.localNone')}</Text>
          )
        }
      </Loaded>
      <Mapped event={event} entityType={entityType} record={local.data?.record} />
    </Stack>
  );
}

type MappedProps = {
  event: WebhookEvent;
  entityType: EntityType;
  record: LinkedRecord | undefined;
};

function Mapped({ event, entityType, record }: MappedProps) {
  const { t } = useTranslation();
  const mayTry = useMay('operator');
  const sent = recordOf(event.payload);
  const query = useQuery({
    queryKey: ['webhook-event', event.id, 'mapped'],
    queryFn: () =>
      geniacsService.previewMappings({
        integration_id: event.integration_id,
        entity_type: entityType,
        direction: 'from_geniacs',
        record: sent,
      }),
    enabled: mayTry && event.payload !== undefined,
  });

  return (
    <Loaded query={query}>
      {({ data }) => {
        const fields =
          data.preview?.fields.filter(({ geniacs_field }) => geniacs_field in sent) ?? [];
        if (fields.length === 0) return <Text size="sm">{t('webhooks.nothingMapped')}</Text>;
        return <FieldTable fields={fields} record={record} />;
      }}
    </Loaded>
  );
}

type TableProps = { fields: MappedField[]; record: LinkedRecord | undefined };

function FieldTable({ fields, record }: TableProps) {
  const { t } = useTranslation();
  const words = useDetailWords();
  const now = record?.record ?? {};

  return (
    <Table.ScrollContainer minWidth={420} type="native" tabIndex={0}>
      <Table aria-label={t('webhooks.mapped')} verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('webhooks.field')}</Table.Th>
            <Table.Th>{t('webhooks.sent')}</Table.Th>
            <Table.Th>{t('webhooks.becomes')}</Table.Th>
            <Table.Th>{t('webhooks.now')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {fields.map(({ local_field, geniacs_field, value, result, message, code, params }) => (
            <Table.Tr key={`${local_field}-${geniacs_field}`}>
              <Table.Th scope="row" fw={500}>
                {local_field}
                <Text size="xs" c="dimmed">
                  {geniacs_field}
                </Text>
              </Table.Th>
              <Table.Td>
                <Value value={value} />
              </Table.Td>
              <Table.Td>
                <Value value={result} />
                {message ? (
                  <Text size="xs" c="red">
                    {words({ message, params, ...(code ? { code } : {}) })}
                  </Text>
                ) : null}
              </Table.Td>
              <Table.Td>
                <Value value={now[local_field]} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
