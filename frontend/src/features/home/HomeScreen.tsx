import { useTranslation } from 'react-i18next';
import { Page } from '../../shared/Page';
import { LatestSyncs } from '../syncs/LatestSyncs';
import { Attention } from './Attention';
import { FirstSteps } from './FirstSteps';
import { InStep } from './InStep';

/** What needs attention, as of when both sides are in step, and what ran last. */
export function HomeScreen() {
  const { t } = useTranslation();

  return (
    <Page title={t('home.title')}>
      <FirstSteps />
      <Attention />
      <InStep />
      <LatestSyncs />
    </Page>
  );
}
