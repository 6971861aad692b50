import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, type Mock, test, vi } from 'vitest';
import { failure, integration, listed } from '../../tests/answers';
import { expectNoBarriers } from '../../tests/axe';
import { type ListCase, lists } from '../../tests/listCases';
import { show } from '../../tests/show';
import { geniacsService } from '../services/geniacsService';

vi.mock('../services/geniacsService');
const service = vi.mocked(geniacsService);

const answered = ({ plural }: ListCase, rows: unknown[], next: string | null = null) => {
  const [whole = '', part] = plural.split('.');
  const found = part ? { totals: {}, status: 'partial', [part]: rows } : rows;
  const data = { [whole]: found, next_cursor: next, prev_cursor: null };
  return { success: true, data } as never;
};

beforeEach(() => {
  vi.clearAllMocks();
  history.replaceState(null, '', '/');
  service.getIntegrations.mockResolvedValue(listed(integration()));
});

describe.each(Object.entries(lists))('the list of %s', (_, list) => {
  const call = () => service[list.call] as unknown as Mock;

  test('shows that it is loading', async () => {
    call().mockReturnValue(new Promise(() => {}) as never);
    show(list.page);
    expect(await screen.findByLabelText('Loading…')).toBeInTheDocument();
  });

  test('says why nothing is there', async () => {
    call().mockResolvedValue(answered(list, []));
    show(list.page);
    expect(await screen.findByText(list.empty)).toBeInTheDocument();
    await expectNoBarriers();
  });

  test.runIf(list.filter)('tells a filter that nothing matches from having nothing', async () => {
    history.replaceState(null, '', `/?${list.filter}`);
    call().mockResolvedValue(answered(list, []));
    show(list.page);

    expect(await screen.findByText('Nothing matches these filters.')).toBeInTheDocument();
    const [clear] = screen.getAllByRole('button', { name: 'Clear the filters' });
    if (clear) await userEvent.click(clear);
    expect(location.search).toBe('');
    expect(await screen.findByText(list.empty)).toBeInTheDocument();
  });

  test('says why it failed, with what to quote, and tries again', async () => {
    call().mockRejectedValueOnce(failure(503, 'database_unavailable'));
    call().mockResolvedValue(answered(list, [list.row]));
    show(list.page);

    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('The database does not answer at the moment.');
    expect(alert).toHaveTextContent('request-7');
    await userEvent.click(within(alert).getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(screen.queryByRole('alert')).not.toBeInTheDocument());
    expect((await screen.findAllByText(list.shown)).length).toBeGreaterThan(0);
  });

  test('shows what there is, as text, without barriers', async () => {
    call().mockResolvedValue(answered(list, [list.row]));
    const { container } = show(list.page);

    expect((await screen.findAllByText(list.shown)).length).toBeGreaterThan(0);
    expect(container.querySelector('img')).toBeNull();
    await expectNoBarriers();
  });

  test.runIf(!list.isShort)('goes on where it is longer than a page', async () => {
    call().mockResolvedValue(answered(list, [list.row], 'further'));
    show(list.page);
    await userEvent.click(await screen.findByRole('button', { name: 'Next' }));
    const asked = call()
      .mock.calls.flat()
      .some((query) => query?.after === 'further');
    expect(asked).toBe(true);
    expect(await screen.findByRole('button', { name: 'First page' })).toBeEnabled();
  });

  test.runIf(!list.isShort)(
    'keeps what was there, with its date, when it cannot be loaded anew',
    async () => {
      call().mockResolvedValueOnce(answered(list, [list.row]));
      call().mockRejectedValue(failure(503, 'database_unavailable'));
      show(list.page);
      expect((await screen.findAllByText(list.shown)).length).toBeGreaterThan(0);

      await userEvent.click(screen.getByRole('button', { name: 'Load anew' }));
      expect(await screen.findByRole('alert')).toHaveTextContent('What is shown was fetched at');
      expect(screen.getAllByText(list.shown).length).toBeGreaterThan(0);
    },
  );
});

describe('rows that were chosen', () => {
  const list = lists['webhook events'] as ListCase;

  test('stand in the address, and are chosen again by it', async () => {
    service.getWebhookEvents.mockResolvedValue(answered(list, [list.row]));
    const { unmount } = show(list.page);
    await userEvent.click(await screen.findByLabelText('Select row 12'));
    expect(location.search).toBe('?selected=12');
    unmount();

    show(list.page);
    expect(await screen.findByLabelText('Select row 12')).toBeChecked();
    expect(screen.getByText('1 selected')).toBeInTheDocument();
  });

  test('are no filter', async () => {
    history.replaceState(null, '', '/?selected=12');
    service.getWebhookEvents.mockResolvedValue(answered(list, []));
    show(list.page);
    expect(await screen.findByText(list.empty)).toBeInTheDocument();
  });
});
