import { Alert, Button, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { BrokenIcon } from './pages';

/** In place of a page that failed, or whose program could not be loaded. */
export function BrokenPage() {
  const { t } = useTranslation();

  return (
    <Alert color="red" variant="light" icon={<BrokenIcon aria-hidden />}>
      <Stack align="flex-start">
        {t('app.broken')}
        <Button variant="default" onClick={() => location.reload()}>
          {t('app.reload')}
        </Button>
      </Stack>
    </Alert>
  );
}
