import { useCallback } from 'react';
import {
  type ChangeHandler,
  type FieldValues,
  type UseFormProps,
  type UseFormRegister,
  type UseFormReturn,
  useForm,
} from 'react-hook-form';

let isPointerDown = false;
for (const [name, isDown] of [
  ['pointerdown', true],
  ['pointerup', false],
  ['pointercancel', false],
] as const) {
  window.addEventListener(name, () => (isPointerDown = isDown), { capture: true });
}

/**
 * A form whose fields are checked when they are left. What is found wrong moves all that is below the field; where a
 * click leaves it, the click ends first, so that it does what it was meant for.
 */
export function useCheckedForm<Form extends FieldValues>(
  options: Omit<UseFormProps<Form>, 'mode'>,
): UseFormReturn<Form> {
  const form = useForm<Form>({ ...options, mode: 'onTouched' });
  const { register } = form;

  const checkAfterClick: UseFormRegister<Form> = useCallback(
    (name, rules) => {
      const field = register(name, rules);
      return { ...field, onBlur: afterClick(field.onBlur) };
    },
    [register],
  );

  return { ...form, register: checkAfterClick };
}

function afterClick(check: ChangeHandler): ChangeHandler {
  return async (event) => {
    if (isPointerDown) await pointerReleased();
    return check(event);
  };
}

/** The browser tells of the click itself right after the release, before any timer. */
function pointerReleased(): Promise<void> {
  return new Promise((resolve) => {
    const ended = new AbortController();
    for (const name of ['pointerup', 'pointercancel']) {
      const told = () => {
        ended.abort();
        setTimeout(resolve);
      };
      window.addEventListener(name, told, { capture: true, signal: ended.signal });
    }
  });
}
