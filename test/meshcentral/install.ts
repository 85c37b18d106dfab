// MeshCentral for the proof on a real console: one pinned version, in the user's cache folder (about 450 MB), never in this
// repository. Without optional packages and without their scripts: it runs from its built-in file database.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const VERSION = '1.1.55';

/** @returns the folder of the package @throws when npm cannot install it, with its last words */
export function installMeshCentral(say: (line: string) => void): string {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sallyport', `meshcentral-${VERSION}`);
  const main = join(folder, 'node_modules', 'meshcentral');
  const mark = join(folder, 'installed');
  if (existsSync(mark)) return main;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  say(`Installing MeshCentral ${VERSION} into ${folder} (about 450 MB, once)`);
  const options = ['--save-exact', '--no-audit', '--no-fund', '--omit=optional', '--ignore-scripts'];
  const done = spawnSync('npm', ['install', `meshcentral@${VERSION}`, ...options], { cwd: folder, encoding: 'utf8' });
  if (done.status !== 0)
    throw new Error(`npm could not install it: ${(done.stderr ?? String(done.error)).slice(-800)}`);
  writeFileSync(mark, '');
  return main;
}
