import { Modal, type ModalProps } from '@mantine/core';
import { useLayoutEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useEscape } from './useEscape';

/** A dialog. Where one lies on top of another, Escape closes only the upper one. */
export function Dialog({ closeOnEscape = true, ...props }: ModalProps) {
  const { t } = useTranslation();
  useEscape(props.opened, closeOnEscape ? props.onClose : undefined);
  useGivenBackFocus(props.opened);

  return (
    <Modal
      {...props}
      closeOnEscape={false}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    />
  );
}

/** Mantine gives the focus back when a dialog closes, but not when it is taken away while it is open. */
function useGivenBackFocus(isOpen: boolean) {
  useLayoutEffect(() => {
    const from = document.activeElement;
    if (!isOpen || !(from instanceof HTMLElement)) return;

    return () => {
      setTimeout(() => {
        const isLost = document.activeElement === null || document.activeElement === document.body;
        if (isLost && from.isConnected) from.focus({ preventScroll: true });
      });
    };
  }, [isOpen]);
}
