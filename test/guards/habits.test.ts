// Habits that a machine can watch over. Each guard first has to catch a planted fault.
import { describe, expect, test } from 'vitest';
import { type Source, sources } from './sources.ts';

type Habit = {
  readonly says: string;
  readonly fault: RegExp;
  readonly planted: string;
  readonly except?: (path: string) => boolean;
};

const HABITS: readonly Habit[] = [
  {
    says: 'the environment is read in one place',
    fault: /process\.env\b/,
    planted: 'const x = process.env.X;',
    except: (path) => path === 'src/config/load.ts',
  },
  {
    says: 'the clock is read in one place',
    fault: /\bDate\.now\(|new Date\(\)/,
    planted: 'const now = Date.now();',
    except: (path) => path === 'src/kernel/clock.ts',
  },
  {
    says: 'chance is drawn in one place',
    fault: /\bMath\.random\(|\brandom(UUID|Bytes|Int)\(/,
    planted: 'const id = randomUUID();',
    except: (path) => path === 'src/kernel/ids.ts',
  },
  {
    says: 'Redis keys are named in one place',
    fault: /['"`]sallyport:\{/,
    planted: "const key = 'sallyport:{main}:x';",
    except: (path) => path === 'src/redis/keys.ts',
  },
  {
    says: 'no console is named in the product',
    fault: /\b(acme|jamf|intune|fleetdm|epmm|workspace ?one|kandji|simplemdm|meshcentral|headwind)\b/i,
    planted: "if (console === 'acme') {}",
    except: (path) => path === 'src/cli/demo.ts',
  },
  { says: 'no test is switched off', fault: /\b(?:test|it|describe)\.(?:skip|only|todo)\b/, planted: "test.skip('x')" },
  { says: 'files re-export nothing (no barrels)', fault: /^export \* from/m, planted: "export * from './x.ts';" },
];

describe('habits', () => {
  const product = sources('src');
  const everything = [...product, ...sources('test'), ...sources('demo')].filter(
    (source) => !source.path.startsWith('test/guards/'),
  );

  for (const habit of HABITS) {
    test(habit.says, () => {
      expect(habit.fault.test(habit.planted)).toBe(true);
      const tree = habit.planted.startsWith('test.') ? everything : product;
      expect(tree.length).toBeGreaterThan(30);
      const faults = tree
        .filter((source) => !habit.except?.(source.path) && habit.fault.test(withoutComments(source)))
        .map((source) => source.path);
      expect(faults).toEqual([]);
    });
  }

  test('no file is longer than a reader can hold', () => {
    const long = [...everything, ...sources('portal/src'), ...sources('shim/src')]
      .map((source) => ({ path: source.path, lines: source.text.split('\n').length }))
      .filter(({ lines }) => lines > 400);
    expect(long).toEqual([]);
  });
});

const withoutComments = ({ text }: Source) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
