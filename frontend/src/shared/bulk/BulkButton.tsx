import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Dialog } from '../Dialog';
import { type Bulk, BulkSteps } from './BulkSteps';

type Props<Sample> = Bulk<Sample> & {
  words: string;
  /** Where it is not offered any more, the dialog still tells of what was begun. */
  isOffered?: boolean | undefined;
};

/** A button for what is done to all that match the filters, not only to those on this page. */
export function BulkButton<Sample>({ words, isOffered = true, ...bulk }: Props<Sample>) {
  const [opened, { open, close }] = useDisclosure();

  return (
    <>
      {isOffered ? (
        <Button variant="default" onClick={open}>
          {words}
        </Button>
      ) : null}
      <Dialog opened={opened} onClose={close} closeOnClickOutside={false} size="lg" title={words}>
        {opened ? <BulkSteps {...bulk} onClose={close} /> : null}
      </Dialog>
    </>
  );
}
