// Builds the three scripts that run on console origins, each into one file without imports: `vite build shim` makes
// shim/dist/shim.js (in console pages), then shim/dist/page.js (on the refusal page) and shim/dist/recorder.js (first in console
// pages; only there is rrweb).
import { fileURLToPath } from 'node:url';
import { build, defineConfig, type Plugin } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** One file of the iife kind holds one entry, so the others are builds of their own, into the same folder. */
function othersToo(): Plugin {
  let outDir = '';
  return {
    name: 'others-too',
    configResolved(config) {
      outDir = config.build.outDir;
    },
    async closeBundle() {
      for (const mode of ['page', 'recorder'])
        await build({ configFile: here('vite.config.ts'), mode, build: { outDir } });
    },
  };
}

export default defineConfig(({ mode }) => {
  const name = mode === 'page' || mode === 'recorder' ? mode : 'shim';
  const entry = name === 'recorder' ? 'src/recorder/recorder.ts' : `src/${name}.ts`;
  return {
    root: here('.'),
    publicDir: false,
    logLevel: 'warn',
    plugins: name === 'shim' ? [othersToo()] : [],
    build: {
      target: 'es2022',
      outDir: 'dist',
      emptyOutDir: name === 'shim',
      lib: { entry: here(entry), formats: ['iife'], name: 'sallyport', fileName: () => `${name}.js` },
      minify: true,
      sourcemap: false,
    },
  };
});
