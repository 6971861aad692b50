import { OwnProviders } from '../../app/Providers';
import '../../i18n/all';
import { SyncStatusScreen } from '../../features/sync-status/SyncStatusScreen';

/** The statistics as a page that can stand alone: it brings what it needs and asks for no router. */
export default function SyncStatus() {
  return (
    <OwnProviders>
      <SyncStatusScreen />
    </OwnProviders>
  );
}
