import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { type QueryClient, QueryClientContext, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, use, useState } from 'react';
import { TimeZoneProvider } from '../format/timeZone';
import '../i18n';
import { nonce } from './nonce';
import { createQueryClient } from './queries';
import { cssVariablesResolver, theme } from './theme';

/** What every component of the dashboard stands on. */
export function Providers({ queries, children }: { queries: QueryClient; children: ReactNode }) {
  return (
    <QueryClientProvider client={queries}>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariablesResolver}
        defaultColorScheme="auto"
        getStyleNonce={nonce}
      >
        <Notifications position="bottom-right" />
        <TimeZoneProvider>{children}</TimeZoneProvider>
      </MantineProvider>
    </QueryClientProvider>
  );
}

/** For a page that may also stand alone, outside the dashboard: brings what is not around it yet. */
export function OwnProviders({ children }: { children: ReactNode }) {
  const around = use(QueryClientContext);
  const [own] = useState(createQueryClient);

  return <Providers queries={around ?? own}>{children}</Providers>;
}
