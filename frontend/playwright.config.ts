import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

/** Debian's browser: nothing is downloaded. */
const browsers = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome'];
const executablePath = browsers.find((path) => path && existsSync(path));

// `make dashboard-e2e` starts what these tests need and runs them.
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  retries: 0,
  // They share one system, which the first run finds empty.
  workers: 1,
  projects: [
    { name: 'first run', testMatch: 'first-run.spec.ts' },
    { name: 'paths', testIgnore: 'first-run.spec.ts' },
  ],
  timeout: 90_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    baseURL: process.env['GATEWAY_URL'] ?? 'http://127.0.0.1:8080',
    locale: 'en-GB',
    // Half of a transition has colours that nobody chose.
    contextOptions: { reducedMotion: 'reduce' },
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
    actionTimeout: 30_000,
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      // Its own sandbox cannot be had as root, nor in most containers, where shared memory is small, too. It asks for
      // nothing by itself.
      args: [
        '--no-sandbox',
        '--disable-dev-shm-usage',
        '--disable-background-networking',
        '--disable-component-update',
      ],
    },
  },
});
