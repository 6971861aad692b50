import { Alert, Button, Group } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useConnection } from '../live/Live';

/** Offers to load the dashboard anew when the gateway came back with another one. */
export function NewVersion() {
  const { t } = useTranslation();
  const isOld = useIsOld();
  if (!isOld) return null;

  return (
    <Alert color="cyan" variant="light" mb="md" role="status">
      <Group justify="space-between">
        {t('app.newVersion')}
        <Button size="xs" onClick={() => location.reload()}>
          {t('app.reload')}
        </Button>
      </Group>
    </Alert>
  );
}

function useIsOld(): boolean {
  const [isOld, setIsOld] = useState(false);
  const { state } = useConnection();
  const wasLost = useRef(false);

  useEffect(() => {
    if (state === 'lost') wasLost.current = true;
    if (state !== 'live' || !wasLost.current) return;
    wasLost.current = false;
    void servedScript().then((served) => {
      if (served && served !== runningScript()) setIsOld(true);
    });
  }, [state]);

  // A part of the program that is loaded later is gone from the server.
  useEffect(() => {
    const notice = () => setIsOld(true);
    window.addEventListener('vite:preloadError', notice);
    return () => window.removeEventListener('vite:preloadError', notice);
  }, []);

  return isOld;
}

const SCRIPT = /src="(\/assets\/[^"]+\.js)"/;

async function servedScript(): Promise<string | undefined> {
  try {
    const page = await fetch('/', { cache: 'no-store' });
    return SCRIPT.exec(await page.text())?.[1];
  } catch {
    return undefined;
  }
}

function runningScript(): string | undefined {
  return SCRIPT.exec(document.head.innerHTML)?.[1];
}
