import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, test, vi } from 'vitest';
import { show } from '../../tests/show';
import { Dialog } from './Dialog';

const still = { transitionProps: { duration: 0 } };

function Opener() {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpened(true)}>
        Open
      </button>
      {opened ? <Dialog opened onClose={() => setOpened(false)} title="Short" {...still} /> : null}
    </>
  );
}

test('Escape closes only the dialog that lies on top', async () => {
  const closeLower = vi.fn();
  const closeUpper = vi.fn();
  const both = (isUpperOpen: boolean) => (
    <Dialog opened onClose={closeLower} title="Lower" {...still}>
      <Dialog opened={isUpperOpen} onClose={closeUpper} title="Upper" {...still} />
    </Dialog>
  );
  const { unmount } = show(both(true));
  await screen.findByRole('dialog', { name: 'Upper' });
  await userEvent.keyboard('{Escape}');
  expect(closeUpper).toHaveBeenCalledOnce();
  expect(closeLower).not.toHaveBeenCalled();
  unmount();

  show(both(false));
  await screen.findByRole('dialog', { name: 'Lower' });
  await userEvent.keyboard('{Escape}');
  expect(closeLower).toHaveBeenCalledOnce();
});

test('a dialog that stays keeps what is below it open, too', async () => {
  const closeLower = vi.fn();
  const closeUpper = vi.fn();
  show(
    <Dialog opened onClose={closeLower} title="Half typed" {...still}>
      <Dialog opened onClose={closeUpper} closeOnEscape={false} title="Sign in again" {...still} />
    </Dialog>,
  );
  await screen.findByRole('dialog', { name: 'Sign in again' });
  await userEvent.keyboard('{Escape}');
  expect(closeUpper).not.toHaveBeenCalled();
  expect(closeLower).not.toHaveBeenCalled();
});

test('a dialog that is taken away gives the focus back to the button that opened it', async () => {
  show(<Opener />);
  const button = screen.getByRole('button', { name: 'Open' });
  await userEvent.click(button);
  await screen.findByRole('dialog', { name: 'Short' });
  await userEvent.keyboard('{Escape}');
  await waitFor(() => expect(button).toHaveFocus());
});
