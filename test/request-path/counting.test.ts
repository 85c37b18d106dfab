// How many devices an act hits in truth, when it names groups or all of them: asked of the console, and the whole fleet in doubt.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WHOLE_FLEET } from '../../src/kernel/action.ts';
import { answers, devices, json, send, startWorld, stopWorld, world } from './askingKit.ts';

beforeEach(startWorld);
afterEach(stopWorld);

describe('numbers', () => {
  test('a group counts what the console says, and the policy decides on that', async () => {
    answers(() => json({ name: 'Sales', size: 321 }));
    const { problem } = await send('POST /groups/7/wipe');
    expect(devices('group.wipe')).toBe(321);
    expect(problem).toMatchObject({ devices: 321, action: { title: 'Wipe everything in Sales (7)' } });
    expect(world.holds[0]?.devices).toBe(321);
    expect(world.gate.recordings.at(-1)?.opening.devices).toBe(321);
  });

  test('is asked anew each time: what was small may have grown', async () => {
    let size = 2;
    answers(() => json({ size }));
    await send('POST /groups/7/wipe');
    size = 5000;
    await send('POST /groups/7/wipe');
    expect(devices('group.wipe')).toBe(5000);
  });

  test.each([
    ['a negative number', { size: -1 }],
    ['a broken number', { size: 1.5 }],
    ['a huge number', { size: 1e300 }],
    ['a number with words', { size: '12 devices' }],
    ['no number', {}],
    ['null', { size: null }],
  ])('%s is the whole fleet', async (_name, answer) => {
    answers(() => json(answer));
    await send('POST /groups/7/wipe');
    expect(devices('group.wipe')).toBe(WHOLE_FLEET);
  });

  test('a console that does not answer means the whole fleet', async () => {
    answers((_request, socket): undefined => {
      socket.destroy();
    });
    await send('POST /groups/7/wipe');
    expect(devices('group.wipe')).toBe(WHOLE_FLEET);
  });

  test('groups that the pack cannot ask for are the whole fleet', async () => {
    await send('POST /labels/7/wipe');
    expect(devices('group.wipe')).toBe(WHOLE_FLEET);
    expect(world.upstream.requests).toEqual([]);
  });

  test('all devices count by a list that is whole; one as long as a page is not believed', async () => {
    answers(() => json([1, 2, 3]));
    await send('POST /wipe-all');
    expect(devices('device.wipe')).toBe(3);
    answers(() => json([1, 2, 3, 4]));
    await send('POST /wipe-all');
    expect(devices('device.wipe')).toBe(WHOLE_FLEET);
  });

  test('where devices go to is not what is hit', async () => {
    await send('POST /move/7/d-1');
    expect(world.questions.findLast(({ action }) => action.name === 'device.move')?.action.devices).toBeUndefined();
  });

  test('what is easily undone is not counted', async () => {
    answers(() => json({ name: 'Sales', size: 9 }));
    await send('POST /groups/7/name');
    expect(world.questions.find(({ action }) => action.name === 'group.update')?.action.devices).toBeUndefined();
  });
});
