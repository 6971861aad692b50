import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { compressed } from './scripts/compressed.ts';

/** Where `npx vite` sends calls of the API while one works on the dashboard. */
const gateway = process.env['GATEWAY_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), compressed()],
  build: {
    // Everything below this folder carries a hash in its name, so that the gateway lets browsers keep it for ever.
    assetsDir: 'assets',
    // The content security policy allows no data: addresses in scripts and styles.
    assetsInlineLimit: 0,
    sourcemap: false,
    // For scripts/size.ts, which checks the budgets of what is loaded.
    manifest: true,
    chunkSizeWarningLimit: 1_000,
  },
  // The gateway compares the origin of a change with the host that was asked.
  server: { proxy: { '/api': { target: gateway, changeOrigin: false } } },
  test: {
    environment: 'jsdom',
    globals: true,
    include: ['src/**/*.test.{ts,tsx,jsx}'],
    setupFiles: ['tests/setup.ts'],
    css: false,
    restoreMocks: true,
    // A machine that builds something else at the same time is slow.
    testTimeout: 20_000,
  },
});
