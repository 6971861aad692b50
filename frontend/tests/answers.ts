import { ApiFailure } from '../src/api/failure';
import type { Integration } from '../src/api/generated';

/** An integration as the gateway tells it. */
export function integration(about: Partial<Integration> = {}): Integration {
  return {
    id: 1,
    name: 'Primary',
    description: null,
    endpoint_url: 'https://api.geniacs.example/v1',
    api_version: 'v1',
    webhook_url: null,
    is_active: true,
    sync_enabled: true,
    timeout_seconds: 30,
    retry_attempts: 3,
    last_sync_at: '2026-01-01T10:00:00Z',
    last_webhook_received_at: null,
    archived_at: null,
    created_at: '2026-01-01T08:00:00Z',
    updated_at: '2026-01-01T08:00:00Z',
    version: 1,
    configuration: {},
    rate_limits: {},
    health: {
      status: 'active',
      message: null,
      paused_since: null,
      paused_until: null,
      reason: null,
    },
    rate_windows: [],
    in_step: [],
    sync_status: { total_syncs: 1250, successful_syncs: 1200, failed_syncs: 50, pending_syncs: 0 },
    ...about,
  };
}

/** The gateway's answer to the list of integrations. */
export function listed(...integrations: Integration[]) {
  const pagination = {
    current_page: 1,
    total_pages: 1,
    total_items: integrations.length,
    per_page: 100,
  };
  return { success: true as const, data: { integrations, pagination } };
}

/** A failure in the gateway's envelope. */
export function failure(status: number, code: string, details: ApiFailure['details'] = []) {
  return new ApiFailure('told by the gateway', { status, code, details, requestId: 'request-7' });
}
