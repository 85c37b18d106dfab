// Changes that may have ended grants lead to a look at all of them: one for many, and again after one that failed.
import { expect, test } from 'vitest';
import { createGrantEnds } from '../../src/access/grants/ends.ts';
import { sleep } from './kit.ts';

type Heard = (change: { readonly kind: string }) => void;

function world(sweep: (look: number) => Promise<number>) {
  const errors: unknown[] = [];
  let heard: Heard | undefined;
  let looks = 0;
  const ends = createGrantEnds({
    grants: {
      sweep: (whole) => {
        looks += 1;
        expect(whole).toBe(true);
        return sweep(looks);
      },
    },
    onChange: (given) => {
      heard = given;
      return () => {
        heard = undefined;
      };
    },
    onError: (error) => errors.push(error),
    retryAfter: 5,
  });
  ends.start();
  return {
    ends,
    errors,
    looks: () => looks,
    tell: (kind: string) => heard?.({ kind }),
    hears: () => heard !== undefined,
  };
}

test('a session’s end, a freeze and missed changes are looked at; others are not', async () => {
  for (const [kind, looks] of Object.entries({ session: 1, freeze: 1, resync: 1, grant: 0, stepup: 0 })) {
    const { tell, looks: made, ends } = world(async () => 0);
    tell(kind);
    await sleep(1);
    expect(made(), kind).toBe(looks);
    ends.stop();
  }
});

test('many changes during a look are one more look', async () => {
  const { promise: first, resolve: done } = Promise.withResolvers<number>();
  const { tell, looks, ends } = world((look) => (look === 1 ? first : Promise.resolve(0)));
  for (let i = 0; i < 10; i += 1) tell('session');
  expect(looks()).toBe(1);
  done(0);
  await expect.poll(looks).toBe(2);
  await sleep(20);
  expect(looks()).toBe(2);
  ends.stop();
});

test('a look that fails is told and made again until one succeeds', async () => {
  const { tell, looks, errors, ends } = world(async (look) => {
    if (look < 3) throw new Error('redis is away');
    return 0;
  });
  tell('freeze');
  await expect.poll(looks).toBe(3);
  await sleep(30);
  expect([looks(), errors.length]).toEqual([3, 2]);
  ends.stop();
});

test('stopped, it neither hears nor tries again', async () => {
  const { tell, looks, hears, ends } = world(async () => {
    throw new Error('redis is away');
  });
  tell('session');
  await sleep(1);
  ends.stop();
  const before = looks();
  await sleep(30);
  expect([looks(), hears()]).toEqual([before, false]);
});
