import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { expectNoBarriers } from '../../../tests/axe';
import { show } from '../../../tests/show';
import { ApiFailure } from '../../api/failure';
import type { Operation } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { BulkButton } from './BulkButton';

vi.mock('../../services/geniacsService');
const service = vi.mocked(geniacsService);

const operation = (about: Partial<Operation>): Operation => ({
  id: 5,
  kind: 'replay',
  state: 'running',
  actor: 'ani@example.com',
  user_id: 1,
  arguments: {},
  filter: {},
  total: 3,
  done: 0,
  failed: 0,
  left: 3,
  created_at: '2026-01-01T10:00:00Z',
  completed_at: null,
  ...about,
});

const start = vi.fn();
const page = (count: number) => (
  <BulkButton
    words="Apply all"
    queryKey={['events']}
    count={async () => ({ count, more: false, samples: ['evt_1', '<img src=x>'] })}
    show={(sample) => sample}
    actions={[{ words: 'Do it', start }]}
    changes={[]}
  />
);

beforeEach(() => {
  vi.clearAllMocks();
});

describe('what is done to all that match', () => {
  test('shows how many and which, and is confirmed with that number', async () => {
    start.mockResolvedValue(operation({}));
    service.getOperation.mockResolvedValue({
      success: true,
      data: {
        operation: operation({ state: 'done', done: 2, failed: 1, left: 0 }),
        failures: [{ id: 8, code: 'not_found', message: 'there is no such event' }],
        next_cursor: null,
        prev_cursor: null,
      },
    });
    const { baseElement } = show(page(3));
    await userEvent.click(screen.getByRole('button', { name: 'Apply all' }));

    expect(await screen.findByText('3 match.')).toBeInTheDocument();
    expect(screen.getByText('<img src=x>')).toBeInTheDocument();
    expect(baseElement.querySelector('img')).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Do it' }));

    expect(start).toHaveBeenCalledExactlyOnceWith(3);
    expect(await screen.findByText('Done: 2')).toBeInTheDocument();
    expect(screen.getByText('Failed: 1')).toBeInTheDocument();
    expect(screen.getByText('8: There is no such thing, or it is gone.')).toBeInTheDocument();
    expect(screen.getByText('Operation 5 has ended.')).toBeInTheDocument();
    await expectNoBarriers(baseElement);
  });

  test('offers the new number where others match meanwhile', async () => {
    start.mockRejectedValueOnce(
      new ApiFailure('the filter finds 4 now, and not 3; look again', {
        status: 409,
        code: 'count_changed',
      }),
    );
    start.mockResolvedValue(operation({ total: 4 }));
    service.getOperation.mockReturnValue(new Promise(() => {}));
    show(page(3));
    await userEvent.click(screen.getByRole('button', { name: 'Apply all' }));
    await screen.findByText('3 match.');
    await userEvent.click(screen.getByRole('button', { name: 'Do it' }));

    expect(await screen.findByText('4 match.')).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Do it' }));
    expect(start).toHaveBeenLastCalledWith(4);
    expect(await screen.findByText('Left: 3')).toBeInTheDocument();
  });

  test('cannot be started where nothing matches', async () => {
    show(page(0));
    await userEvent.click(screen.getByRole('button', { name: 'Apply all' }));
    expect(await screen.findByText('0 match.')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Do it' })).toBeDisabled();
  });
});
