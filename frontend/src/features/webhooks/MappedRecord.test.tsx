import { screen, within } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import { show } from '../../../tests/show';
import type { WebhookEvent } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { MappedRecord } from './MappedRecord';

vi.mock('../../services/geniacsService');
const service = vi.mocked(geniacsService);

const event = {
  id: 4,
  integration_id: 1,
  entity_type: 'customers',
  geniacs_id: 'cust_1',
  payload: {
    data: { customer_id: 'cust_1', changes: { customer_phone: { old: '1', new: '0812' } } },
  },
} as unknown as WebhookEvent;

beforeEach(() => {
  vi.clearAllMocks();
  service.getRecords.mockResolvedValue({
    success: true,
    data: {
      records: [
        { id: 7, geniacs_id: 'cust_10', record: { phone: 'another' } },
        { id: 9, geniacs_id: 'cust_1', record: { phone: '+62811' } },
      ],
    },
  } as never);
});

test('each field of an event stands beside what it becomes and what is here', async () => {
  service.previewMappings.mockResolvedValue({
    success: true,
    data: {
      preview: {
        fields: [
          {
            local_field: 'phone',
            geniacs_field: 'customer_phone',
            value: '0812',
            result: '+62812',
            message: null,
            code: null,
            params: {},
          },
          { local_field: 'email', geniacs_field: 'customer_email', value: null, result: null },
        ],
      },
    },
  } as never);
  show(<MappedRecord event={event} />, 'operator');

  const row = (await screen.findByText('customer_phone')).closest('tr') as HTMLElement;
  expect(await within(row).findByText('+62811')).toBeInTheDocument();
  expect(within(row).getByText('0812')).toBeInTheDocument();
  expect(within(row).getByText('+62812')).toBeInTheDocument();
  // What the event does not tell is not shown.
  expect(screen.queryByText('customer_email')).not.toBeInTheDocument();
  expect(service.previewMappings).toHaveBeenCalledWith(
    expect.objectContaining({
      direction: 'from_geniacs',
      record: { customer_id: 'cust_1', customer_phone: '0812' },
    }),
  );
});

test('whoever may not try mappings sees the record alone', async () => {
  show(<MappedRecord event={event} />, 'viewer');
  expect(await screen.findByText(/Record 9/)).toBeInTheDocument();
  expect(service.previewMappings).not.toHaveBeenCalled();
});
