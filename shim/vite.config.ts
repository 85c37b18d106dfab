// Builds the two small scripts that run on console origins, each into one file without imports:
// `vite build -c shim/vite.config.ts` makes shim/dist/shim.js, the same with `--mode page` makes shim/dist/page.js.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig(({ mode }) => {
  const name = mode === 'page' ? 'page' : 'shim';
  return {
    root: fileURLToPath(new URL('.', import.meta.url)),
    publicDir: false,
    logLevel: 'warn',
    build: {
      target: 'es2022',
      outDir: 'dist',
      // Two builds share the folder.
      emptyOutDir: false,
      lib: {
        entry: fileURLToPath(new URL(`src/${name}.ts`, import.meta.url)),
        formats: ['iife'],
        name: 'sallyport',
        fileName: () => `${name}.js`,
      },
      minify: true,
      sourcemap: false,
    },
  };
});
