// The only file that knows Cedar's own interface. Parses, validates (strict mode) and evaluates; says every fault with a
// place, and throws for everything that is not a clean allow or deny: Cedar skips a policy whose evaluation fails, so a
// `forbid` in error would otherwise fall away silently (Cedar docs, "authorization": skip-on-error).

import * as cedar from '@cedar-policy/cedar-wasm/nodejs';

/** `offset`: where in the text, in UTF-8 bytes (Cedar counts bytes, not characters). */
export type CedarFault = { readonly offset: number; readonly what: string };

export type CedarPolicy = {
  /** the policy's own text, verbatim */
  readonly text: string;
  readonly offset: number;
  readonly effect: 'permit' | 'forbid';
  readonly annotations: Readonly<Record<string, string>>;
  /** Cedar's JSON of it, for mentionsOf */
  readonly parsed: unknown;
};

export type CedarAction = { readonly name: string; readonly groups: readonly string[] };

export type CedarUid = { readonly type: string; readonly id: string };
export type CedarRequest = {
  readonly principal: CedarUid;
  readonly parents: readonly CedarUid[];
  readonly action: string;
  readonly resource: CedarUid;
  readonly context: Readonly<Record<string, string | number | boolean | readonly string[]>>;
};
export type CedarAnswer = { readonly allow: boolean; readonly policies: readonly string[] };

/** The policy could not be evaluated. The stage turns it into `policy.failed`. */
export class PolicyFailed extends Error {
  override name = 'PolicyFailed';
}

const bytesBefore = (text: string, index: number): number => Buffer.byteLength(text.slice(0, index));

function faultsOf(errors: readonly cedar.DetailedError[]): CedarFault[] {
  return errors.map((error) => {
    const place = error.sourceLocations?.[0];
    const hints = [place?.label, error.help].filter((hint) => typeof hint === 'string' && hint !== '');
    const what = error.message.replace(/^(failed to parse [^:]*|for policy `[^`]*`)[:,] /, '');
    return { offset: place?.start ?? 0, what: [what, ...hints].join('; ') };
  });
}

/** Splits a policy file. Templates are a fault: nothing here links them, so they would look like rules and do nothing. */
export function parsePolicies(text: string): { policies: CedarPolicy[]; faults: CedarFault[] } {
  const parts = cedar.policySetTextToParts(text);
  if (parts.type === 'failure') return { policies: [], faults: faultsOf(parts.errors) };
  const faults: CedarFault[] = [];
  const policies: CedarPolicy[] = [];
  const searchedTo = new Map<string, number>();
  const placeOf = (part: string): number => {
    const at = text.indexOf(part, searchedTo.get(part) ?? 0);
    searchedTo.set(part, at + part.length);
    return bytesBefore(text, Math.max(at, 0));
  };
  for (const part of parts.policy_templates)
    faults.push({ offset: placeOf(part), what: 'templates are not used here; write a policy without slots' });
  for (const part of parts.policies) {
    const offset = placeOf(part);
    const parsed = cedar.policyToJson(part);
    if (parsed.type === 'failure') {
      faults.push(...faultsOf(parsed.errors).map((fault) => ({ ...fault, offset: offset + fault.offset })));
      continue;
    }
    const { effect, annotations } = parsed.json;
    policies.push({ text: part, offset, effect, annotations: annotations ?? {}, parsed: parsed.json });
  }
  return { policies: policies.sort((a, b) => a.offset - b.offset), faults };
}

/** Reads the schema's actions; groups are actions that apply to nothing and only hold others. */
export function parseSchema(text: string): { actions: CedarAction[]; faults: CedarFault[] } {
  const parsed = cedar.schemaToJson(text);
  if (parsed.type === 'failure') return { actions: [], faults: faultsOf(parsed.errors) };
  const checked = cedar.checkParseSchema(text);
  if (checked.type === 'failure') return { actions: [], faults: faultsOf(checked.errors) };
  const actions: CedarAction[] = [];
  for (const [name, action] of Object.entries(parsed.json['']?.actions ?? {})) {
    if ((action.appliesTo?.resourceTypes.length ?? 0) === 0) continue;
    actions.push({ name, groups: (action.memberOf ?? []).map((group) => group.id) });
  }
  return { actions, faults: [] };
}

/**
 * Strict validation of all policies at once: reading the schema costs more than checking one policy. A policy that can never
 * apply is a fault too: somebody relies on it.
 * @param texts by any key; the faults come back under it
 */
export function validatePolicies(
  schema: string,
  texts: ReadonlyMap<string, string>,
): { readonly key: string; readonly fault: CedarFault }[] {
  const answer = cedar.validate({
    validationSettings: { mode: 'strict' },
    schema,
    policies: { staticPolicies: Object.fromEntries(texts) },
  });
  if (answer.type === 'failure') return faultsOf(answer.errors).map((fault) => ({ key: '', fault }));
  const faults: { key: string; fault: CedarFault }[] = [];
  const seen = new Set<string>();
  // A warning of a policy that has errors says nothing new.
  for (const { policyId, error } of [...answer.validationErrors, ...answer.validationWarnings]) {
    const warning = !answer.validationErrors.some((one) => one.error === error);
    if (warning && seen.has(policyId)) continue;
    if (!warning) seen.add(policyId);
    for (const fault of faultsOf([error])) faults.push({ key: policyId, fault });
  }
  return faults;
}

// Cedar keeps prepared sets by name, in the memory of its module, for the life of the process, and frees one only when the same
// name is prepared again (seen with 4.13.0). So there are a few names, taken in turn; whoever finds that another took the name
// meanwhile prepares anew: an old set still answers rightly, and what is kept stays bounded.
const NAMES = 8;
const holders: (object | null)[] = Array.from({ length: NAMES }, () => null);
let handedOut = 0;

/**
 * A ready evaluator.
 * @throws PolicyFailed when the set cannot be prepared, or a request cannot be evaluated.
 */
export function createEvaluator(schema: string, policies: Readonly<Record<string, string>>) {
  const self = {};
  const place = handedOut % NAMES;
  const name = `sallyport-${place}`;
  handedOut += 1;

  function prepare(): void {
    // Nobody holds the name until both halves are there: a set must never be asked under another's schema.
    holders[place] = null;
    for (const answer of [
      cedar.preparseSchema(name, schema),
      cedar.preparsePolicySet(name, { staticPolicies: { ...policies } }),
    ])
      if (answer.type === 'failure') throw new PolicyFailed(answer.errors.map((error) => error.message).join('; '));
    holders[place] = self;
  }
  prepare();

  return (request: CedarRequest): CedarAnswer => {
    if (holders[place] !== self) prepare();
    const answer = cedar.statefulIsAuthorized({
      principal: { ...request.principal },
      action: { type: 'Action', id: request.action },
      resource: { ...request.resource },
      context: Object.fromEntries(
        Object.entries(request.context).map(([key, value]) => [key, typeof value === 'object' ? [...value] : value]),
      ),
      preparsedSchemaName: name,
      preparsedPolicySetId: name,
      validateRequest: true,
      entities: [
        { uid: { ...request.principal }, attrs: {}, parents: request.parents.map((parent) => ({ ...parent })) },
        { uid: { ...request.resource }, attrs: {}, parents: [] },
      ],
    });
    if (answer.type === 'failure') throw new PolicyFailed(answer.errors.map((error) => error.message).join('; '));
    const { decision, diagnostics } = answer.response;
    if (diagnostics.errors.length > 0)
      throw new PolicyFailed(diagnostics.errors.map((one) => `${one.policyId}: ${one.error.message}`).join('; '));
    return { allow: decision === 'allow', policies: [...diagnostics.reason].sort() };
  };
}
