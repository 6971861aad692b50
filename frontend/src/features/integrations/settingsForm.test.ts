import { describe, expect, test } from 'vitest';
import { integration } from '../../../tests/answers';
import { newSettings, settingsBody, settingsOf } from './settingsForm';

describe('the settings of an integration', () => {
  test('of a new one are the usual ones, with the schedules off', () => {
    expect(settingsBody(newSettings, newSettings)).toEqual({ configuration: { auto_sync: false } });
  });

  test('are sent where they were changed, and what this page does not know stays', () => {
    const configuration = { auto_sync: true, max_retries: 4, default_region: 'ID' };
    const before = settingsOf(integration({ configuration }));
    const form = {
      ...before,
      timeout_seconds: '10',
      requests_per_minute: '60',
      sync_interval: '900',
      endpoints: 'customers = /v2/customers',
    };

    expect(settingsBody(form, before, configuration)).toEqual({
      timeout_seconds: 10,
      rate_limits: { requests_per_minute: 60 },
      configuration: {
        auto_sync: true,
        max_retries: 4,
        default_region: 'ID',
        sync_interval: 900,
        endpoints: { customers: '/v2/customers' },
      },
    });
  });
});
