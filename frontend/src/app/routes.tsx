import { createBrowserRouter, Navigate } from 'react-router';
import { IntegrationsScreen } from '../features/integrations/IntegrationsScreen';
import { SyncStatusScreen } from '../features/sync-status/SyncStatusScreen';
import { NotFound } from './NotFound';
import { Shell } from './Shell';

/** The pages and their addresses. */
export function createRouter() {
  return createBrowserRouter([
    {
      element: <Shell />,
      children: [
        { index: true, element: <Navigate to="/integrations" replace /> },
        { path: 'integrations', element: <IntegrationsScreen /> },
        { path: 'sync-status', element: <SyncStatusScreen /> },
        { path: '*', element: <NotFound /> },
      ],
    },
  ]);
}
