import { screen, within } from '@testing-library/react';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { failure, integration, listed } from '../../../tests/answers';
import { expectNoBarriers } from '../../../tests/axe';
import { show } from '../../../tests/show';
import type { AttentionItem } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { Attention } from './Attention';

vi.mock('../../services/geniacsService');
const service = vi.mocked(geniacsService);

function item(about: Partial<AttentionItem>): AttentionItem {
  return {
    kind: 'sync_partial',
    integration_id: 1,
    integration_name: 'Primary',
    entity_type: null,
    sync_direction: null,
    sync_id: null,
    schedule_id: null,
    count: null,
    more: false,
    since: '2026-01-01T10:00:00Z',
    until: null,
    reason: null,
    remedy: 'wait',
    ...about,
  };
}

const answer = (items: AttentionItem[], more_items = false) =>
  ({ success: true, data: { attention: { items, more_items, in_step: [] } } }) as never;

beforeEach(() => {
  service.getIntegrations.mockResolvedValue(listed(integration()));
});

describe('what needs attention', () => {
  test('is told in the gateway’s order, each with the way to its remedy', async () => {
    const paused = item({
      kind: 'integration_paused',
      reason: 'credentials_refused',
      remedy: 'replace_credentials',
    });
    const failed = item({
      entity_type: 'customers',
      sync_direction: 'to_geniacs',
      sync_id: 7,
      count: 12,
      remedy: 'retry_records',
    });
    const waiting = item({
      kind: 'conflicts_waiting',
      count: 1_000,
      more: true,
      remedy: 'resolve_conflicts',
    });
    service.getAttention.mockResolvedValue(answer([paused, failed, waiting]));
    show(<Attention />);

    const matters = await screen.findAllByRole('listitem');
    expect(matters.map((matter) => within(matter).getByRole('link').getAttribute('href'))).toEqual([
      '/integrations?id=1&integration=1',
      '/syncs/7?tab=errors&integration=1',
      '/conflicts?integration=1',
    ]);
    expect(matters[0]).toHaveTextContent('Geniacs refuses the credentials.');
    expect(matters[1]).toHaveTextContent('Customers, To Geniacs: 12 records failed');
    expect(matters[2]).toHaveTextContent('1,000+ conflicts');
    await expectNoBarriers();
  });

  test('says where there is more', async () => {
    service.getAttention.mockResolvedValue(answer([item({ sync_id: 7, count: 1 })], true));
    show(<Attention />);
    expect(await screen.findByText('There is more; remedy these first.')).toBeInTheDocument();
  });

  test('says that all is well', async () => {
    service.getAttention.mockResolvedValue(answer([]));
    show(<Attention />);
    expect(await screen.findByText('Nothing needs attention.')).toBeInTheDocument();
  });

  test('shows that it is loading', async () => {
    service.getAttention.mockReturnValue(new Promise(() => {}));
    show(<Attention />);
    expect(await screen.findByLabelText('Loading…')).toBeInTheDocument();
  });

  test('says why it failed', async () => {
    service.getAttention.mockRejectedValue(failure(503, 'database_unavailable'));
    show(<Attention />);
    expect(await screen.findByRole('alert')).toHaveTextContent('The database does not answer');
  });
});
