import { Modal, type ModalProps } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useEscape } from './useEscape';

/** A dialog. Where one lies on top of another, Escape closes only the upper one. */
export function Dialog({ closeOnEscape = true, ...props }: ModalProps) {
  const { t } = useTranslation();
  useEscape(props.opened, closeOnEscape ? props.onClose : undefined);

  return (
    <Modal
      {...props}
      closeOnEscape={false}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    />
  );
}
