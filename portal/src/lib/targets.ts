// Device ids as people type or paste them -> targets. Pure.

export type Target = { kind: string; id: string };

/** "d-0142, d-0143\nuser:u-7" -> targets, each once, in the order given. `kind:` before an id names another kind than `kind`. */
export const parseTargets = (text: string, kind = 'device'): { targets: Target[]; faults: string[] } => {
  const found = new Map<string, Target>();
  const faults: string[] = [];
  for (const word of text.split(/[\s,;]+/)) {
    if (word === '') continue;
    const named = /^([a-z][a-z_]{0,39}):(.+)$/.exec(word);
    const target = { kind: named?.[1] ?? kind, id: named?.[2] ?? word };
    if (target.id.length > 200) faults.push(`${target.id.slice(0, 20)}… is too long for an id.`);
    else found.set(`${target.kind}:${target.id}`, target);
  }
  const targets = [...found.values()];
  if (targets.length > 500) faults.push(`${targets.length} are too many. Ask for 500 at most.`);
  return { targets, faults };
};

/** The reverse, for "ask again". */
export const targetsAsText = (targets: readonly Target[], kind = 'device'): string =>
  targets.map((target) => (target.kind === kind ? target.id : `${target.kind}:${target.id}`)).join(', ');
