import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { integration, listed } from '../../../tests/answers';
import { expectNoBarriers } from '../../../tests/axe';
import SyncStatus from '../../components/geniacs/SyncStatus';
import { geniacsService } from '../../services/geniacsService';

vi.mock('../../services/geniacsService');
const service = vi.mocked(geniacsService);
const group = { total: 7, successful: 5, partial: 0, failed: 2, cancelled: 0, pending: 0 };

function show() {
  return render(
    <main>
      <SyncStatus />
    </main>,
  );
}

beforeEach(() => {
  vi.clearAllMocks();
  history.replaceState(null, '', '/');
  service.getIntegrations.mockResolvedValue(
    listed(integration({ id: 3, name: 'Main' }), integration({ id: 4, name: 'Other' })),
  );
  service.getSyncStatistics.mockResolvedValue({
    success: true,
    data: {
      from: '2026-01-01',
      to: '2026-01-31',
      total_syncs: 7,
      successful_syncs: 5,
      failed_syncs: 2,
      partial_syncs: 0,
      cancelled_syncs: 0,
      pending_syncs: 0,
      success_rate: 71.4,
      time_zone: 'UTC',
      average_duration_seconds: 12.5,
      p95_duration_seconds: null,
      records: 70,
      failed_records: 2,
      webhooks: { received: 0, set_aside: 0, more: false },
      conflicts: { met: 0, open: 0, more: false },
      by_entity_type: { customers: group },
      by_sync_type: { incremental: group },
      by_day: [],
      in_step: [],
    },
  });
});

describe('the statistics of syncs', () => {
  test('show the share with one decimal, and each kind of record by its name', async () => {
    show();

    expect((await screen.findAllByText('71.4%')).length).toBe(2);
    expect(screen.getByText('Customers')).toBeInTheDocument();
    expect(screen.getByText('Incremental')).toBeInTheDocument();
    await expectNoBarriers();
  });

  test('keep the chosen integration in the address, and start a sync of it', async () => {
    service.triggerSync.mockResolvedValue({
      success: true,
      message: 'Sync triggered successfully',
      data: {
        sync: {
          id: 12,
          integration_id: 3,
          entity_type: 'nas_servers',
          sync_type: 'incremental',
          sync_direction: 'to_geniacs',
          status: 'processing',
          estimated_records: null,
          started_at: null,
        },
      },
    });
    show();
    const start = await screen.findByRole('button', { name: 'Sync NAS servers' });
    expect(start).toBeDisabled();

    await screen.findByRole('option', { name: 'Main' });
    await userEvent.selectOptions(screen.getByLabelText('Integration'), 'Main');
    expect(location.search).toBe('?integration=3');

    await userEvent.click(start);
    expect(service.triggerSync).toHaveBeenCalledExactlyOnceWith({
      integration_id: 3,
      entity_type: 'nas_servers',
      sync_type: 'incremental',
      sync_direction: 'to_geniacs',
    });
    expect(await screen.findByText('Sync 12 of NAS servers is accepted.')).toBeInTheDocument();
  });
});
