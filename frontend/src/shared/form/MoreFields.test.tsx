import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { failure } from '../../../tests/answers';
import { show } from '../../../tests/show';
import { FormDialog } from './FormDialog';

const save = vi.fn();

function dialog() {
  return (
    <FormDialog
      title="A form"
      submit="Save"
      defaults={{ name: 'Siti', batch_size: '50' }}
      fields={[{ name: 'name', words: 'Name', isNeeded: true }]}
      more={[
        {
          words: 'Extent',
          fields: [{ name: 'batch_size', words: 'Batch', kind: 'number', least: 1, most: 5_000 }],
        },
      ]}
      onSubmit={save}
      onClose={() => {}}
    />
  );
}

const details = () => screen.getByText('Extent').closest('details');

test('fields that are seldom needed are folded away', async () => {
  show(dialog());
  expect(await screen.findByText('Extent')).toBeInTheDocument();
  expect(details()).not.toHaveAttribute('open');
});

test('what the gateway finds wrong in a folded field unfolds it and gives it the focus', async () => {
  const detail = { field: 'configuration.batch_size', message: 'too many', code: 'unheard_of' };
  save.mockRejectedValue(failure(422, 'validation_failed', [detail]));
  show(dialog());
  await userEvent.click(await screen.findByRole('button', { name: 'Save' }));

  expect(await screen.findByText('too many')).toBeInTheDocument();
  expect(details()).toHaveAttribute('open');
  await waitFor(() => expect(screen.getByLabelText('Batch')).toHaveFocus());
});
