import { useState } from 'react';
import { RouterProvider } from 'react-router/dom';
import { Live } from '../live/Live';
import { SessionGate } from '../session/SessionGate';
import { Providers } from './Providers';
import { createQueryClient } from './queries';
import { createRouter } from './routes';

export function App() {
  const [queries] = useState(createQueryClient);
  const [router] = useState(createRouter);

  return (
    <Providers queries={queries}>
      <SessionGate>
        <Live>
          <RouterProvider router={router} />
        </Live>
      </SessionGate>
    </Providers>
  );
}
