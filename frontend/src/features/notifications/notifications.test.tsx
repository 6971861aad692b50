import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, type Mock, test, vi } from 'vitest';
import { failure, integration, listed } from '../../../tests/answers';
import { expectNoBarriers } from '../../../tests/axe';
import { show } from '../../../tests/show';
import type { Notification, NotificationRule } from '../../api/generated';
import { geniacsService } from '../../services/geniacsService';
import { NotificationsScreen } from './NotificationsScreen';

vi.mock('../../services/geniacsService');
const service = vi.mocked(geniacsService);

const at = '2026-01-01T10:00:00Z';
const hostile = '<img src=x onerror=alert(1)>';

const rule: NotificationRule = {
  id: 12,
  name: hostile,
  integration_id: 1,
  causes: ['sync_failed', 'not_in_step'],
  channel: 'webhook',
  url: 'https://hooks.example.com/a',
  addresses: [],
  language: 'en',
  not_in_step_seconds: 7200,
  tells_end: true,
  is_active: true,
  version: 3,
  created_at: at,
  updated_at: at,
};

const told: Notification = {
  id: 31,
  rule: { id: 12, name: 'On call' },
  channel: 'webhook',
  address: null,
  tells: 'begin',
  cause: 'sync_failed',
  integration: { id: 1, name: hostile },
  entity_type: 'customers',
  sync_direction: 'to_geniacs',
  count: null,
  reason: 'timeout',
  began_at: at,
  over_at: null,
  state: 'waiting',
  attempts: 2,
  next_attempt_at: at,
  error: { code: 'http_status', message: 'the address answers with HTTP 503' },
  created_at: at,
  ended_at: null,
};

const rules = (...notification_rules: NotificationRule[]) =>
  ({ success: true, data: { notification_rules } }) as never;
const history = (...notifications: Notification[]) =>
  ({ success: true, data: { notifications, next_cursor: null, prev_cursor: null } }) as never;

/** At once: typing letter by letter takes seconds. */
async function fill(field: HTMLElement, text: string) {
  await userEvent.click(field);
  await userEvent.paste(text);
}

beforeEach(() => {
  vi.clearAllMocks();
  window.history.replaceState(null, '', '/');
  service.getIntegrations.mockResolvedValue(listed(integration()));
  service.getNotificationRules.mockResolvedValue(rules(rule));
  service.getNotifications.mockResolvedValue(history(told));
});

describe.each([
  ['rules', 'getNotificationRules', rules(), 'Nobody is told yet.', hostile, rules(rule)],
  [
    'notifications',
    'getNotifications',
    history(),
    'Nothing has been told yet.',
    'A sync failed: begun',
    history(told),
  ],
] as const)('the list of %s', (_, name, none, empty, shown, some) => {
  const call = service[name] as unknown as Mock;

  test('shows that it is loading', async () => {
    call.mockReturnValue(new Promise(() => {}));
    show(<NotificationsScreen />);
    expect(await screen.findByLabelText('Loading…')).toBeInTheDocument();
  });

  test('says why nothing is there', async () => {
    call.mockResolvedValue(none);
    show(<NotificationsScreen />);
    expect(await screen.findByText(empty)).toBeInTheDocument();
    await expectNoBarriers();
  });

  test('says why it failed, with what to quote, and tries again while the other list stays', async () => {
    call.mockRejectedValueOnce(failure(503, 'database_unavailable'));
    call.mockResolvedValue(some);
    show(<NotificationsScreen />);

    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('The database does not answer at the moment.');
    expect(alert).toHaveTextContent('request-7');
    expect(screen.getAllByRole('table')).toHaveLength(1);
    await userEvent.click(within(alert).getByRole('button', { name: 'Try again' }));
    expect((await screen.findAllByText(shown)).length).toBeGreaterThan(0);
  });
});

test('both lists show what there is, as text, without barriers', async () => {
  const { container } = show(<NotificationsScreen />);

  expect(await screen.findByText(hostile)).toBeInTheDocument();
  expect(await screen.findByText('A sync failed, Nothing is in step')).toBeInTheDocument();
  expect(await screen.findByText('The address answers with HTTP 503')).toBeInTheDocument();
  expect(screen.getByText(`${hostile} · Customers · To Geniacs`)).toBeInTheDocument();
  expect(container.querySelector('img')).toBeNull();
  await expectNoBarriers();
});

test('a filter that nothing matches is told from having nothing', async () => {
  window.history.replaceState(null, '', '/?state=sent');
  service.getNotifications.mockResolvedValue(history());
  show(<NotificationsScreen />);

  expect(await screen.findByText('Nothing matches these filters.')).toBeInTheDocument();
  expect(service.getNotifications).toHaveBeenCalledWith(expect.objectContaining({ state: 'sent' }));
});

test('a rule for people is made with their addresses', async () => {
  service.createNotificationRule.mockResolvedValue({
    success: true,
    data: { notification_rule: { ...rule, channel: 'email' } },
  } as never);
  show(<NotificationsScreen />);
  await userEvent.click(await screen.findByRole('button', { name: 'Add a rule' }));
  const dialog = await screen.findByRole('dialog');

  await fill(within(dialog).getByLabelText('Name'), 'Office');
  await fill(within(dialog).getByLabelText('E-mail addresses'), 'a@example.com\nb@example.com');
  await userEvent.click(within(dialog).getByLabelText('Events were set aside'));
  await expectNoBarriers();
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));

  await waitFor(() =>
    expect(service.createNotificationRule).toHaveBeenCalledWith(
      expect.objectContaining({
        name: 'Office',
        channel: 'email',
        addresses: ['a@example.com', 'b@example.com'],
        causes: ['integration_paused', 'sync_failed', 'conflicts_waiting', 'not_in_step'],
        integration_id: null,
        not_in_step_seconds: 86_400,
      }),
    ),
  );
});

test('the secret of a new webhook is shown once', async () => {
  service.createNotificationRule.mockResolvedValue({
    success: true,
    data: { notification_rule: { ...rule, signing_secret: 'whsec_1' } },
  } as never);
  show(<NotificationsScreen />);
  await userEvent.click(await screen.findByRole('button', { name: 'Add a rule' }));
  const dialog = await screen.findByRole('dialog');
  await fill(within(dialog).getByLabelText('Name'), 'On call');
  await userEvent.selectOptions(within(dialog).getByLabelText('By'), 'webhook');
  await fill(
    within(dialog).getByLabelText('Address of the webhook'),
    'https://hooks.example.com/a',
  );
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));

  expect(await screen.findByText('whsec_1')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'I have copied it' }));
  await waitFor(() => expect(screen.queryByText('whsec_1')).not.toBeInTheDocument());
});

test('a refused field keeps what was typed, and says what is wrong beside it', async () => {
  service.editNotificationRule.mockRejectedValue(
    failure(422, 'validation_failed', [{ field: 'url', message: 'must be an address' }]),
  );
  show(<NotificationsScreen />);
  await userEvent.click(await screen.findByRole('button', { name: 'Edit' }));
  const dialog = await screen.findByRole('dialog');
  const url = within(dialog).getByLabelText('Address of the webhook');
  await userEvent.clear(url);
  await fill(url, 'https://x');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));

  await waitFor(() => expect(url).toBeInvalid());
  expect(url).toHaveValue('https://x');
  expect(service.editNotificationRule).toHaveBeenCalledWith(
    expect.objectContaining({ id: 12, version: 3 }),
  );
});

test('a test is sent, and a rule is deleted after asking', async () => {
  service.testNotificationRule.mockResolvedValue({ success: true, data: {} } as never);
  service.deleteNotificationRule.mockResolvedValue({ success: true, data: {} } as never);
  show(<NotificationsScreen />);
  await userEvent.click(await screen.findByRole('button', { name: 'Send a test' }));
  await waitFor(() => expect(service.testNotificationRule).toHaveBeenCalledWith(12));

  await userEvent.click(screen.getByRole('button', { name: 'Delete' }));
  const dialog = await screen.findByRole('dialog');
  expect(service.deleteNotificationRule).not.toHaveBeenCalled();
  await userEvent.click(within(dialog).getByRole('button', { name: 'Delete' }));
  await waitFor(() =>
    expect(service.deleteNotificationRule).toHaveBeenCalledWith({ id: 12, version: 3 }),
  );
});
