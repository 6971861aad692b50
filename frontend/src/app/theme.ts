import { type CSSVariablesResolver, createTheme, Notification, PasswordInput } from '@mantine/core';
import i18next from 'i18next';

/** The name of the button that closes a message, in the language of the moment at which it is shown. */
const closeButtonProps = {
  get 'aria-label'() {
    return i18next.t('common.close');
  },
};

/** The same of the button that shows what was typed into a field for a password. */
const visibilityToggleButtonProps = {
  get 'aria-label'() {
    return i18next.t('common.showPassword');
  },
};

/** One accent colour; what is good or bad has a word beside its colour. */
export const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: { light: 9, dark: 9 },
  defaultRadius: 'md',
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  headings: { fontWeight: '600' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Notification: Notification.extend({ defaultProps: { closeButtonProps } }),
    PasswordInput: PasswordInput.extend({ defaultProps: { visibilityToggleButtonProps } }),
  },
});

/** Mantine's own colour of a button under the pointer is lighter, and white text on it hard to read. */
const hover = { '--mantine-color-cyan-filled-hover': '#095c6b' };

export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: hover,
  dark: hover,
});
