// `sallyport policy test`: runs case files against a policy set. Exit code 0: all as expected; 1: some are not, or nothing
// was tested; 2: the policies do not load.
import { join } from 'node:path';
import { BUNDLED } from '../config/load.ts';
import { judgeCase, readCases } from '../policy/cases.ts';
import { bold, complain, dim, green, print, red } from './report.ts';
import { type PolicyFolders, rulesOr } from './rulesFor.ts';

export type TestOptions = PolicyFolders & { readonly cases?: string; readonly json?: boolean };

export function policyTest(options: TestOptions): number {
  const rules = rulesOr(options);
  if (rules === undefined) return 2;
  const dir = options.cases ?? join(options.policies ?? `${BUNDLED}/policies`, 'cases');
  const { cases, faults } = readCases(dir);
  const failed = cases.flatMap((one) => {
    const what = judgeCase(rules.policy, one, rules.riskOf);
    return what.length === 0 ? [] : [{ file: one.file, action: one.action, say: one.say, faults: what }];
  });
  const ok = failed.length === 0 && faults.length === 0 && cases.length > 0;
  if (options.json) {
    print(JSON.stringify({ ok, policySet: rules.policy.digest, cases: cases.length, failed, faults }));
    return ok ? 0 : 1;
  }
  for (const { file, what } of faults) complain(`${red(bold('fault'))}  ${file}\n      ${what}`);
  for (const { file, action, say, faults: what } of failed)
    complain(
      `${red(bold('not so'))}  ${file}  ${action}\n      ${say}\n${what.map((one) => `      ${one}`).join('\n')}`,
    );
  if (cases.length === 0) complain(`No case in ${dir}.`);
  if (ok) print(green(`As expected: ${cases.length} cases.`));
  else complain(dim(`${cases.length - failed.length} of ${cases.length} cases are as expected.`));
  return ok ? 0 : 1;
}
