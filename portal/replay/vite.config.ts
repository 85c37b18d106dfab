// Builds the replay origin's page into portal/replay/dist: one script without imports and one style sheet. The gateway puts both
// into the page itself, the script by its digest (src/proxy/replayPage.ts).
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  publicDir: false,
  logLevel: 'warn',
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    lib: {
      entry: here('src/main.ts'),
      formats: ['iife'],
      name: 'sallyport',
      fileName: () => 'replay.js',
      cssFileName: 'replay',
    },
    minify: true,
    cssMinify: true,
    sourcemap: false,
  },
});
