// Builds the portal's front end into portal/dist. Must not inline scripts or styles into the page: the portal's CSP forbids it.
// In development, the API is the mock of portal/dev (npx node portal/dev/mockServer.ts).
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const mock = 'http://localhost:5180';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
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
