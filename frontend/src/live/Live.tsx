import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useEffect, useState } from 'react';
import { applyLive } from './applyLive';
import { tellListeners } from './listeners';
import { type ConnectionState, followLive } from './stream';

type Connection = { state: ConnectionState; since: number };

const ConnectionContext = createContext<Connection>({ state: 'connecting', since: 0 });

/** Keeps what is shown below it up to date by the gateway's stream. */
export function Live({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [connection, setConnection] = useState<Connection>({ state: 'connecting', since: 0 });

  useEffect(
    () =>
      followLive({
        onEvent: (event) => {
          applyLive(queries, event);
          tellListeners(event);
        },
        onState: (state) => {
          setConnection({ state, since: Date.now() });
          // A stream that is refused may mean that the session has ended.
          if (state === 'lost') void queries.invalidateQueries({ queryKey: ['me'] });
        },
      }),
    [queries],
  );

  return <ConnectionContext value={connection}>{children}</ConnectionContext>;
}

/** How the stream stands, and since when. */
export function useConnection(): Connection {
  return use(ConnectionContext);
}
