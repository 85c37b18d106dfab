// The Acme pack describes every route that the demo console has: a new one there without an entry here turns this red.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAppApi } from '../../demo/console/api/apps.ts';
import { createCatalogueApi } from '../../demo/console/api/catalogue.ts';
import { createDeviceApi } from '../../demo/console/api/devices.ts';
import { createAssetRoutes } from '../../demo/console/assets.ts';
import { createDashboardRoutes } from '../../demo/console/pages/dashboard.ts';
import { createDevicePages } from '../../demo/console/pages/devices.ts';
import { createLoginRoutes } from '../../demo/console/pages/login.ts';
import { createOtherPages } from '../../demo/console/pages/others.ts';
import { createUserPages } from '../../demo/console/pages/users.ts';
import { createSessions } from '../../demo/console/sessions.ts';
import { createState } from '../../demo/console/state.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { loadPacks } from '../../src/proxy/recognise/loadPacks.ts';
import { isBroken } from '../../src/proxy/recognise/pack.ts';

const packs = loadPacks(join(import.meta.dirname, '../../config/packs'));
const pack = packs.all.get('acme-mdm');
const state = createState(1, systemClock);
const sessions = createSessions();
const routes = [
  ...createAssetRoutes(),
  ...createLoginRoutes(sessions),
  ...createDashboardRoutes(state),
  ...createDevicePages(state),
  ...createUserPages(state, sessions),
  ...createOtherPages(),
  ...createDeviceApi(state),
  ...createCatalogueApi(state),
  ...createAppApi(state),
].map(({ method, path }) => ({ method, path }));

/** `/api/devices/:id` with an id that the console really has */
function example(path: string): string {
  const [device, app, profile] = [state.devices[0]?.id, state.apps[0]?.id, state.profiles[0]?.id];
  return path
    .replace('/apps/:id', `/apps/${app}`)
    .replace(':id', device ?? '')
    .replace(':pid', profile ?? '')
    .replace(':name', 'base.css');
}

describe('the Acme pack', () => {
  test.each(routes)('has an entry for $method $path', ({ method, path }) => {
    const found =
      pack?.trie.find(
        example(path)
          .slice(1)
          .split('/')
          .filter((part) => part !== ''),
      ) ?? [];
    const fitting = found.filter(({ owner }) => owner.template.methods.includes(method) && !isBroken(owner));
    expect(fitting.length, `${method} ${example(path)}`).toBeGreaterThan(0);
  });

  test('knows every id of the seeded fleet, and the live routes', () => {
    expect(state.devices.length).toBe(500);
    for (const { id } of state.devices) expect(pack?.trie.find(['api', 'devices', id]).length, id).toBe(2);
    for (const { id } of state.apps) expect(pack?.trie.find(['api', 'apps', id, 'download']).length, id).toBe(1);
    const live = readFileSync(join(import.meta.dirname, '../../demo/console/live.ts'), 'utf8');
    for (const path of ['/ws/events', '/api/stream']) {
      expect(live).toContain(`'${path}'`);
      expect(pack?.trie.find(path.slice(1).split('/')).length, path).toBe(1);
    }
  });
});
