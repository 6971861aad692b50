import { QueryClient } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { MemoryRouter } from 'react-router';
import type { Role } from '../src/api/generated';
import { Providers } from '../src/app/Providers';
import { Session } from '../src/session/session';

/** Shows a page as the dashboard does, to somebody of this role. */
export function show(page: ReactNode, role: Role = 'admin') {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <Providers queries={queries}>
      <Session value={{ id: 1, email: 'ani@example.com', name: 'Ani', role }}>
        <MemoryRouter>
          <main>{page}</main>
        </MemoryRouter>
      </Session>
    </Providers>,
  );
}
