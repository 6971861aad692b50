import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useOneIntegration } from '../../app/useIntegrationChoice';
import { geniacsService } from '../../services/geniacsService';
import { entityTypes, useEntityTitle } from '../../shared/names';
import { Page } from '../../shared/Page';
import { Loaded, Panel } from '../../shared/Panel';
import { changeUrl, useUrlParameters } from '../../shared/useUrlParameter';
import { MappingEditor } from './MappingEditor';

/** One table of mappings for each kind of record. */
export function MappingsScreen() {
  const { t } = useTranslation();
  const entityTitle = useEntityTitle();
  const integrationId = useOneIntegration();
  const chosen = useUrlParameters().get('entity');
  const entityType = entityTypes.find((name) => name === chosen) ?? 'customers';
  const query = useQuery({
    queryKey: ['mappings', integrationId, entityType],
    queryFn: () => geniacsService.getMappingSet({ integrationId: integrationId ?? 0, entityType }),
    enabled: integrationId !== undefined,
    // What is edited is not replaced under one's hands.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

  return (
    <Page title={t('mappings.title')} about={t('mappings.about')}>
      <Tabs value={entityType} onChange={(next) => changeUrl({ entity: next ?? undefined })}>
        <Tabs.List>
          {entityTypes.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {entityTitle(name)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      {query.data && integrationId !== undefined ? (
        <MappingEditor
          key={`${integrationId}-${entityType}`}
          integrationId={integrationId}
          entityType={entityType}
          saved={query.data.body.data.mappings}
          tag={query.data.tag}
        />
      ) : (
        <Panel>
          <Loaded query={query}>{() => null}</Loaded>
        </Panel>
      )}
    </Page>
  );
}
