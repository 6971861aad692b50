import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, test, vi } from 'vitest';
import { show } from '../../../tests/show';
import { geniacsService } from '../../services/geniacsService';
import { FailedRecords } from './FailedRecords';

vi.mock('../../services/geniacsService');
const service = vi.mocked(geniacsService);

const error = (record_id: number) => ({
  record_id,
  geniacs_id: null,
  error_type: 'validation_error',
  error_message: 'email: is missing',
  failed_at: '2026-01-01T10:00:00Z',
  field: 'email',
});

beforeEach(() => {
  vi.clearAllMocks();
  history.replaceState(null, '', '/?sync=2&error_type=validation_error&field=email&id=58');
  service.getSyncErrors.mockResolvedValue({
    success: true,
    data: { errors: [error(58), error(158)], next_cursor: null, prev_cursor: null },
  } as never);
});

test('records that failed can be tried one after the other, and sent again by their cause', async () => {
  service.retrySync.mockResolvedValue({ success: true, data: { sync: { id: 30 } } } as never);
  show(<FailedRecords hasChanges={false} />);

  expect(await screen.findByRole('button', { name: 'Record 58' })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  await userEvent.click(screen.getByRole('button', { name: 'Record 158' }));
  expect(new URLSearchParams(location.search).get('id')).toBe('158');

  await userEvent.click(screen.getByRole('button', { name: 'Send these again' }));
  expect(service.retrySync).toHaveBeenCalledExactlyOnceWith(2, {
    error_type: 'validation_error',
    field: 'email',
  });
});

test('they are not sent before the correction is saved', async () => {
  show(<FailedRecords hasChanges />);
  expect(await screen.findByRole('button', { name: 'Send these again' })).toBeDisabled();
});

test('a mapping that was not opened from a sync shows none', () => {
  history.replaceState(null, '', '/?entity=customers');
  const { container } = show(<FailedRecords hasChanges={false} />);
  expect(container.querySelector('section')).toBeNull();
  expect(service.getSyncErrors).not.toHaveBeenCalled();
});
