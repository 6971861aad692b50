import { act, screen } from '@testing-library/react';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { show } from '../../tests/show';
import { ApiFailure } from '../api/failure';
import { FailurePanel } from './FailurePanel';

afterEach(() => {
  vi.useRealTimers();
});

describe('what could not be loaded', () => {
  test('is asked for again when the gateway says, and counts down to it', () => {
    vi.useFakeTimers();
    const retry = vi.fn();
    const failure = new ApiFailure('wait', { status: 429, code: 'rate_limited', retryAfter: 2 });
    show(<FailurePanel failure={failure} onRetry={retry} />);

    expect(screen.getByRole('button', { name: 'Try again in 2 s' })).toBeDisabled();
    act(() => vi.advanceTimersByTime(1_000));
    expect(screen.getByRole('button', { name: 'Try again in 1 s' })).toBeDisabled();
    expect(retry).not.toHaveBeenCalled();

    act(() => vi.advanceTimersByTime(5_000));
    expect(retry).toHaveBeenCalledOnce();
    expect(screen.getByRole('button', { name: 'Try again' })).toBeEnabled();
  });

  test('is not repeated by itself where it was a change', () => {
    vi.useFakeTimers();
    const failure = new ApiFailure('wait', { status: 503, code: 'overloaded', retryAfter: 1 });
    show(<FailurePanel failure={failure} />);
    act(() => vi.advanceTimersByTime(5_000));
    expect(screen.queryByRole('button', { name: /Try again/ })).not.toBeInTheDocument();
  });

  test('names the role that may', () => {
    const failure = new ApiFailure('this needs the role `admin`', {
      status: 403,
      code: 'forbidden',
    });
    show(<FailurePanel failure={failure} />);
    expect(screen.getByText(/It takes the role Administrator/)).toBeInTheDocument();
  });
});
