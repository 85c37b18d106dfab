// Builds the portal's front end into portal/dist, and then the replay origin's page into portal/replay/dist. Must not inline scripts or styles into the page: the portal's CSP forbids it.
// In development, the API is the mock of portal/dev (npx node portal/dev/mockServer.ts).
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { build, defineConfig, type Plugin } from 'vite';

const mock = 'http://localhost:5180';

/** It lives on another origin and shares nothing with the portal's bundle, so it is a build of its own. */
const replayToo = (): Plugin => ({
  name: 'replay-too',
  apply: 'build',
  async closeBundle() {
    await build({ configFile: join(import.meta.dirname, 'replay/vite.config.ts') });
  },
});

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), replayToo()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // Small assets as data: URLs would need font-src or style-src exceptions.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: { port: 5181, proxy: { '/api': mock, '/login': mock } },
});
