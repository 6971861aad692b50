import type { CreateClientConfig } from './generated/client';

/**
 * The dashboard is served by the gateway itself: calls go to the same origin, and the session travels in a cookie that
 * scripts cannot read.
 */
export const createClientConfig: CreateClientConfig = (config) => ({
  ...config,
  baseUrl: '',
  credentials: 'same-origin',
  // `bodyOf` reads it, because it keeps the digits of long numbers.
  parseAs: 'text',
});
