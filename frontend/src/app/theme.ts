import { createTheme } from '@mantine/core';

/** One accent colour; what is good or bad has a word beside its colour. */
export const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: { light: 9, dark: 9 },
  defaultRadius: 'md',
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  headings: { fontWeight: '600' },
  cursorType: 'pointer',
});
