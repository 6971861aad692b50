import { screen } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { integration, listed } from '../../../tests/answers';
import { show } from '../../../tests/show';
import type { Integration, Schedule } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { SchedulesScreen } from './SchedulesScreen';

vi.mock('../../services/geniacsService');
const service = vi.mocked(geniacsService);

const schedule = {
  id: 12,
  integration_id: 1,
  name: 'Nightly',
  entity_type: 'customers',
  sync_type: 'full',
  configuration: {},
  cron_expression: '0 2 * * *',
  time_zone: 'Asia/Jakarta',
  is_active: true,
} as Schedule;

const pagination = { current_page: 1, per_page: 100, total_items: 1, total_pages: 1 };

function showScheduleOf(about: Partial<Integration>) {
  service.getIntegrations.mockResolvedValue(listed(integration(about)));
  service.getSchedules.mockResolvedValue({
    success: true,
    data: { schedules: [schedule], pagination },
  });
  show(<SchedulesScreen />);
}

test.each([
  { about: { is_active: false }, words: /its integration is not active/ },
  { about: { sync_enabled: false }, words: /syncs of its integration are turned off/ },
  { about: { configuration: { auto_sync: false } }, words: /schedules of its integration are off/ },
])('a schedule says that it starts nothing where $words', async ({ about, words }) => {
  showScheduleOf(about);

  expect(await screen.findByText(words)).toBeInTheDocument();
  expect(screen.queryByText('Active')).not.toBeInTheDocument();
});

test('a schedule that starts syncs is active', async () => {
  showScheduleOf({});

  expect(await screen.findByText('Active')).toBeInTheDocument();
  expect(screen.queryByText(/starts nothing/)).not.toBeInTheDocument();
});
