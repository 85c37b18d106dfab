// Serves the console's own files. They are read once at the start; nothing else on disk can be reached.

import { readdirSync, readFileSync } from 'node:fs';
import { answer, answerError } from './answer.ts';
import type { Route } from './route.ts';

const FOLDER = new URL('./static/', import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

export function createAssetRoutes(): Route[] {
  const files = new Map(readdirSync(FOLDER).map((name) => [name, readFileSync(new URL(name, FOLDER))]));
  return [
    {
      method: 'GET',
      path: '/assets/:name',
      access: 'open',
      handle: async ({ req, res, param }) => {
        const content = files.get(param('name'));
        const type = TYPES[param('name').split('.').at(-1) ?? ''];
        if (content === undefined || type === undefined) {
          await answerError(req, res, 404, 'There is no such file');
          return;
        }
        await answer(req, res, content, { type, validate: true, headers: { 'cache-control': 'public, no-cache' } });
      },
    },
  ];
}
