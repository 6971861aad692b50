import { OwnProviders } from '../../app/Providers';
import '../../i18n/all';
import { IntegrationsScreen } from '../../features/integrations/IntegrationsScreen';

/** The integrations as a page that can stand alone: it brings what it needs and asks for no router. */
export default function IntegrationManagement() {
  return (
    <OwnProviders>
      <IntegrationsScreen />
    </OwnProviders>
  );
}
