import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { show } from '../../../tests/show';
import { ApiFailure } from '../../api/failure';
import { FormDialog } from './FormDialog';

const save = vi.fn();
/** The dialog takes the focus a moment after it is shown. */
async function open() {
  show(form);
  const dialog = await screen.findByRole('dialog');
  await waitFor(() => expect(dialog).toContainElement(document.activeElement as HTMLElement));
}

/** Types into a field and goes on to another one. */
function leave(label: string, value: string) {
  const field = screen.getByLabelText(label);
  fireEvent.change(field, { target: { value } });
  fireEvent.blur(field);
}

const form = (
  <FormDialog
    title="A form"
    submit="Save"
    defaults={{ name: 'Siti', sync_interval: '900', email: 'siti@example.com' }}
    fields={[
      { name: 'name', words: 'Name', isNeeded: true },
      { name: 'sync_interval', words: 'Interval', kind: 'number', least: 60, most: 86_400 },
      { name: 'email', words: 'E-mail', kind: 'email' },
    ]}
    onSubmit={save}
    onClose={() => {}}
  />
);

beforeEach(() => {
  save.mockReset();
});

describe('a form', () => {
  test('tells what is wrong when a field is left', async () => {
    await open();
    leave('Interval', '5');
    expect(
      await screen.findByText('It must be a whole number from 60 to 86400.'),
    ).toBeInTheDocument();

    leave('Name', '');
    expect(await screen.findByText('This needs to be filled in')).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(save).not.toHaveBeenCalled();
  });

  test('shows what the gateway found wrong at its fields, in the viewer’s language', async () => {
    save.mockRejectedValue(
      new ApiFailure('some fields are not valid', {
        status: 422,
        code: 'validation_failed',
        details: [
          {
            field: 'configuration.sync_interval',
            message: 'must be a whole number from 60 to 86400',
            code: 'range',
            params: { minimum: 60, maximum: 86_400 },
          },
          { field: 'other', message: 'is strange', code: 'invalid', params: {} },
        ],
      }),
    );
    await open();
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));

    expect(
      await screen.findByText('It must be a whole number from 60 to 86400.'),
    ).toBeInTheDocument();
    expect(screen.getByLabelText('Interval')).toHaveFocus();
    expect(screen.getByText('other: is strange')).toBeInTheDocument();
    expect(screen.getByLabelText('Name')).toHaveValue('Siti');
  });

  test('is sent once, however often one clicks', async () => {
    save.mockReturnValue(new Promise(() => {}));
    await open();
    const button = screen.getByRole('button', { name: 'Save' });
    await userEvent.dblClick(button);
    expect(save).toHaveBeenCalledOnce();
  });
});
