import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link, useInRouterContext } from 'react-router';

type Props = { to: string; children: ReactNode };

/** A link to a page of the dashboard; a plain one where a page stands alone, outside of it. */
export function PageLink({ to, children }: Props) {
  const isRouted = useInRouterContext();
  return isRouted ? (
    <Anchor component={Link} to={to} inherit c="inherit">
      {children}
    </Anchor>
  ) : (
    <Anchor href={to} inherit c="inherit">
      {children}
    </Anchor>
  );
}
