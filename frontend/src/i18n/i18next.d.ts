import 'i18next';
import type { en } from './en';

// With it, a key that is not there is an error of the compiler.
declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}
