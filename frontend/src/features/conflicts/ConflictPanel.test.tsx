import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { expectNoBarriers } from '../../../tests/axe';
import { show } from '../../../tests/show';
import type { Conflict } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { ConflictPanel } from './ConflictPanel';

vi.mock('../../services/geniacsService');
const service = vi.mocked(geniacsService);

const field = (name: string) => ({
  field: name,
  geniacs_field: `customer_${name}`,
  base: 'before',
  local: `${name} here`,
  geniacs: `${name} there`,
  winner: null,
});
const conflict = {
  id: 3,
  integration_id: 1,
  entity_type: 'customers',
  local_id: 9,
  state: 'open',
  resolution: null,
  fields: [field('phone'), field('email')],
} as unknown as Conflict;

beforeEach(() => {
  vi.clearAllMocks();
  service.getConflict.mockResolvedValue({ success: true, data: { conflict } } as never);
  service.resolveConflict.mockResolvedValue({ success: true, data: {} } as never);
});

describe('a conflict', () => {
  test('is decided field by field', async () => {
    show(<ConflictPanel id={3} onDone={() => {}} onMove={() => {}} />);
    await userEvent.click(await screen.findByLabelText('email: At Geniacs, email there'));
    await expectNoBarriers();
    await userEvent.click(screen.getByRole('button', { name: 'Keep what is chosen' }));

    expect(service.resolveConflict).toHaveBeenCalledExactlyOnceWith(3, {
      resolution: 'merge',
      fields: { phone: 'local', email: 'geniacs' },
    });
  });

  test('is decided together with all that are alike', async () => {
    service.countConflicts.mockResolvedValue({
      success: true,
      data: { count: 12, more: false, samples: [conflict] },
    } as never);
    service.resolveConflicts.mockReturnValue(new Promise(() => {}));
    show(<ConflictPanel id={3} onDone={() => {}} onMove={() => {}} />);
    await userEvent.click(await screen.findByRole('button', { name: 'Decide all that are alike' }));
    const dialog = await screen.findByRole('dialog');
    expect(await within(dialog).findByText('12 match.')).toBeInTheDocument();

    await userEvent.selectOptions(within(dialog).getByLabelText('Field'), 'email');
    await userEvent.click(
      await within(dialog).findByRole('button', { name: 'Keep the values at Geniacs' }),
    );
    expect(service.resolveConflicts).toHaveBeenCalledExactlyOnceWith({
      filter: { integration_id: 1, entity_type: 'customers', field: 'email' },
      resolution: 'geniacs',
      confirm_count: 12,
    });
  });

  test('is decided as chosen together with all about exactly the same fields', async () => {
    service.countConflicts.mockResolvedValue({
      success: true,
      data: { count: 12, more: false, samples: [conflict] },
    } as never);
    service.resolveConflicts.mockReturnValue(new Promise(() => {}));
    show(<ConflictPanel id={3} onDone={() => {}} onMove={() => {}} />);
    await userEvent.click(await screen.findByLabelText('email: At Geniacs, email there'));
    const words = 'Decide all that are alike as chosen';
    await userEvent.click(await screen.findByRole('button', { name: words }));
    const dialog = await screen.findByRole('dialog');
    await within(dialog).findByText('12 match.');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Keep what is chosen' }));

    expect(service.resolveConflicts).toHaveBeenCalledExactlyOnceWith({
      filter: { integration_id: 1, entity_type: 'customers', fields: ['phone', 'email'] },
      resolution: 'merge',
      fields: { phone: 'local', email: 'geniacs' },
      confirm_count: 12,
    });
  });

  test('is only shown to those who may not decide', async () => {
    show(<ConflictPanel id={3} onDone={() => {}} onMove={() => {}} />, 'viewer');
    expect(await screen.findByLabelText('phone: Here, phone here')).toBeDisabled();
    expect(screen.queryByRole('button', { name: 'Keep all from here' })).not.toBeInTheDocument();
  });
});
