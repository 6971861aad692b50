import '@testing-library/jest-dom/vitest';
import '../src/i18n/all';
import { cleanup, configure } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

// On a machine that does something else besides, what one waits for takes longer.
configure({ asyncUtilTimeout: 10_000 });

// What jsdom lacks and Mantine asks for.
window.matchMedia ??= (query: string) =>
  ({
    matches: false,
    media: query,
    onchange: null,
    addListener: vi.fn(),
    removeListener: vi.fn(),
    addEventListener: vi.fn(),
    removeEventListener: vi.fn(),
    dispatchEvent: vi.fn(),
  }) as unknown as MediaQueryList;

class NoResizeObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}
window.ResizeObserver ??= NoResizeObserver;
// Nothing is drawn here, so nothing has a size; what shows only a part of a long list needs one.
for (const name of ['clientHeight', 'clientWidth'] as const) {
  Object.defineProperty(window.HTMLElement.prototype, name, {
    configurable: true,
    get() {
      return (this as HTMLElement).dataset['virtual'] === undefined ? 0 : 600;
    },
  });
}
window.HTMLElement.prototype.scrollIntoView ??= () => {};

afterEach(() => {
  cleanup();
  localStorage.clear();
});
