import { defineConfig } from '@hey-api/openapi-ts';

// The client is generated from the gateway's own description; `make check` generates it again and fails on a difference.
export default defineConfig({
  input: '../docs/openapi.json',
  output: 'src/api/generated',
  plugins: [
    { name: '@hey-api/client-fetch', runtimeConfigPath: './src/api/client' },
    '@hey-api/typescript',
    '@hey-api/sdk',
  ],
});
