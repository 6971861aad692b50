import { QueryClient } from '@tanstack/react-query';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { failure, integration, listed } from '../../../tests/answers';
import { expectNoBarriers } from '../../../tests/axe';
import { Providers } from '../../app/Providers';
import { geniacsService } from '../../services/geniacsService';
import { Session } from '../../session/session';
import { IntegrationsScreen } from './IntegrationsScreen';

vi.mock('../../services/geniacsService');
const service = vi.mocked(geniacsService);

function show(role: 'viewer' | 'operator' | 'admin' = 'admin') {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <Providers queries={queries}>
      <Session value={{ id: 1, email: 'ani@example.com', name: 'Ani', role }}>
        <main>
          <IntegrationsScreen />
        </main>
      </Session>
    </Providers>,
  );
}

beforeEach(() => {
  vi.clearAllMocks();
});

describe('the list of integrations', () => {
  test('shows what is loading, and offers to add one meanwhile', () => {
    service.getIntegrations.mockReturnValue(new Promise(() => {}));
    show();

    expect(screen.getByLabelText('Loading integrations…')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Add Integration' })).toBeEnabled();
  });

  test('says what to do where there is none', async () => {
    service.getIntegrations.mockResolvedValue(listed());
    show();

    expect(await screen.findByText('No partner is connected yet.')).toBeInTheDocument();
  });

  test('shows a part of very many, finds one by its name, and shows the one that a link names', async () => {
    const many = Array.from({ length: 35 }, (_, place) =>
      integration({ id: place + 1, name: `Partner ${place + 1}` }),
    );
    service.getIntegrations.mockResolvedValue(listed(...many));
    history.replaceState(null, '', '?id=34');
    show();

    expect(await screen.findByRole('heading', { name: 'Partner 34' })).toBeInTheDocument();
    expect(screen.getAllByRole('article')).toHaveLength(31);

    history.replaceState(null, '', '/');
    await userEvent.click(screen.getByRole('button', { name: 'Show more (5 left)' }));
    expect(await screen.findByRole('heading', { name: 'Partner 33' })).toBeInTheDocument();

    await userEvent.type(screen.getByLabelText('Name'), 'partner 35');
    expect(await screen.findByRole('heading', { name: 'Partner 35' })).toBeInTheDocument();
    await waitFor(() => expect(screen.getAllByRole('article')).toHaveLength(1));
    history.replaceState(null, '', '/');
  });

  test('says in words why it failed, with the request id, and tries again', async () => {
    service.getIntegrations.mockRejectedValueOnce(failure(503, 'database_unavailable'));
    service.getIntegrations.mockResolvedValue(listed(integration()));
    show();

    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('The database does not answer at the moment.');
    expect(alert).toHaveTextContent('request-7');

    await userEvent.click(within(alert).getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('heading', { name: 'Primary' })).toBeInTheDocument();
    expect(screen.queryByRole('alert')).not.toBeInTheDocument();
  });

  test('shows a paused one with its reason', async () => {
    const health = {
      status: 'paused' as const,
      message: 'the partner asked to wait',
      reason: 'rate_limited',
      paused_since: '2026-01-01T10:00:00Z',
      paused_until: '2026-01-01T10:05:00Z',
    };
    service.getIntegrations.mockResolvedValue(listed(integration({ health })));
    show();

    expect(await screen.findByText(/Paused until .*the partner asked to wait/)).toBeInTheDocument();
  });

  test('shows hostile names as text', async () => {
    const name = '<img src=x onerror=alert(1)> \u202Etxet';
    service.getIntegrations.mockResolvedValue(listed(integration({ name })));
    const { container } = show();

    expect(await screen.findByRole('heading', { name: /onerror/ })).toBeInTheDocument();
    expect(container.querySelector('img')).toBeNull();
  });

  test('has no barriers', async () => {
    service.getIntegrations.mockResolvedValue(listed(integration(), integration({ id: 2 })));
    show();

    await screen.findAllByRole('heading', { name: 'Primary' });
    await expectNoBarriers();
  });

  test('offers each role what it may do', async () => {
    service.getIntegrations.mockResolvedValue(listed(integration()));
    show('viewer');

    await screen.findByRole('heading', { name: 'Primary' });
    expect(screen.queryByRole('button', { name: 'Add Integration' })).not.toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Test Connection' })).not.toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Configure' })).toBeInTheDocument();
  });
});

describe('the limits of a partner', () => {
  const window = { per: 'hour' as const, limit: 1_000, used: 250, left: 750, until: null };

  test('are on the card, with how much of them is used', async () => {
    service.getIntegrations.mockResolvedValue(listed(integration({ rate_windows: [window] })));
    show();
    expect(await screen.findByText('250 of 1,000 a hour')).toBeInTheDocument();
    expect(screen.getByRole('progressbar', { name: '250 of 1,000' })).toBeInTheDocument();
  });

  test('say when they are free again once they are used up', async () => {
    const full = { ...window, used: 1_000, left: 0, until: '2026-01-01T10:00:00Z' };
    service.getIntegrations.mockResolvedValue(listed(integration({ rate_windows: [full] })));
    show();
    expect(await screen.findByText(/free again from/)).toBeInTheDocument();
  });
});

describe('making an integration', () => {
  async function fill() {
    await userEvent.click(screen.getByRole('button', { name: 'Add Integration' }));
    await userEvent.type(await screen.findByLabelText('Integration Name'), 'Primary');
    await userEvent.type(screen.getByLabelText('Endpoint URL'), 'https://api.geniacs.example/v1');
    await userEvent.type(screen.getByLabelText('API Key'), 'key');
    await userEvent.type(screen.getByLabelText('API Secret'), 'secret');
  }

  test('names every field that is missing', async () => {
    service.getIntegrations.mockResolvedValue(listed());
    show();
    await userEvent.click(screen.getByRole('button', { name: 'Add Integration' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Create Integration' }));

    for (const words of ['Name', 'Endpoint URL', 'API Key', 'API Secret']) {
      expect(await screen.findByText(`${words} is required`)).toBeInTheDocument();
    }
    expect(service.createIntegration).not.toHaveBeenCalled();
  });

  test('begins with schedules off, and shows the webhook secret that was made, once', async () => {
    service.getIntegrations.mockResolvedValue(listed());
    service.createIntegration.mockResolvedValue({
      success: true,
      message: 'Geniacs integration created successfully',
      data: { integration: { ...integration(), webhook_secret: 'whsec_1' } },
    });
    show();
    await fill();
    await userEvent.click(screen.getByRole('button', { name: 'Create Integration' }));

    expect(await screen.findByText('whsec_1')).toBeInTheDocument();
    expect(service.createIntegration).toHaveBeenCalledExactlyOnceWith({
      name: 'Primary',
      endpoint_url: 'https://api.geniacs.example/v1',
      api_key: 'key',
      api_secret: 'secret',
      is_active: true,
      sync_enabled: true,
      configuration: { auto_sync: false },
    });

    await userEvent.click(screen.getByRole('button', { name: 'I have stored it' }));
    expect(screen.queryByText('whsec_1')).not.toBeInTheDocument();
  });

  test('keeps what was typed, and shows what the gateway found wrong at its field', async () => {
    service.getIntegrations.mockResolvedValue(listed());
    const details = [{ field: 'endpoint_url', message: 'must be https' }];
    service.createIntegration.mockRejectedValue(failure(422, 'validation_failed', details));
    show();
    await fill();
    await userEvent.click(screen.getByRole('button', { name: 'Create Integration' }));

    expect(await screen.findByText('must be https')).toBeInTheDocument();
    expect(screen.getByLabelText('Endpoint URL')).toHaveFocus();
    expect(screen.getByLabelText('Integration Name')).toHaveValue('Primary');
  });

  test('is tested first where one wishes, and what does not pass stands at its fields', async () => {
    service.getIntegrations.mockResolvedValue(listed());
    const refused = (field: string) => ({
      field,
      message: 'refused',
      code: 'credentials_refused',
      params: { status: 401 },
    });
    const details = [refused('api_key'), refused('api_secret')];
    service.createIntegration.mockRejectedValue(failure(422, 'connection_test_failed', details));
    show();
    await fill();
    await userEvent.click(screen.getByLabelText('Test the connection before it is saved'));
    await userEvent.click(screen.getByRole('button', { name: 'Create Integration' }));

    expect(service.createIntegration).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ test: true }),
    );
    expect(
      await screen.findByText('The connection test failed. Nothing was saved.'),
    ).toBeInTheDocument();
    expect(screen.getAllByText(/Geniacs does not take it \(HTTP 401\)/)).toHaveLength(2);
  });
});
