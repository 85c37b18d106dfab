// Builds the two small scripts that run on console origins, each into one file without imports: `vite build shim` makes
// shim/dist/shim.js (in console pages) and then shim/dist/page.js (on the refusal page).
import { fileURLToPath } from 'node:url';
import { build, defineConfig, type Plugin } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** One file of the iife kind holds one entry, so the page's script is a build of its own, into the same folder. */
function pageToo(): Plugin {
  let outDir = '';
  return {
    name: 'page-too',
    configResolved(config) {
      outDir = config.build.outDir;
    },
    async closeBundle() {
      await build({ configFile: here('vite.config.ts'), mode: 'page', build: { outDir } });
    },
  };
}

export default defineConfig(({ mode }) => {
  const name = mode === 'page' ? 'page' : 'shim';
  return {
    root: here('.'),
    publicDir: false,
    logLevel: 'warn',
    plugins: name === 'shim' ? [pageToo()] : [],
    build: {
      target: 'es2022',
      outDir: 'dist',
      emptyOutDir: name === 'shim',
      lib: { entry: here(`src/${name}.ts`), formats: ['iife'], name: 'sallyport', fileName: () => `${name}.js` },
      minify: true,
      sourcemap: false,
    },
  };
});
