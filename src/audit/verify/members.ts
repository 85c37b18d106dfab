// Reads members of events whose shape nobody has checked yet.
export type Members = { readonly [name: string]: unknown };

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export const membersOf = (value: unknown): Members | null =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Members) : null;

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** `kind:id`, from the form of terms and asks (objects) or of intents and signed grants (text); null: not all are targets. */
export function targetKeys(value: unknown): string[] | null {
  if (!Array.isArray(value)) return null;
  const keys = value.map((target: unknown) => {
    if (typeof target === 'string') return target;
    const { kind, id } = membersOf(target) ?? {};
    return typeof kind === 'string' && typeof id === 'string' ? `${kind}:${id}` : '';
  });
  return keys.includes('') ? null : keys.sort();
}

/** What the script found out beside the event; {} when it says nothing that can be read. */
export function factOf(text: string): Members {
  try {
    return membersOf(JSON.parse(text === '' ? '{}' : text)) ?? {};
  } catch {
    return {};
  }
}

/** An event with what every check reads of it. */
export type SeenEvent = {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly actor: string;
  readonly session: string;
  readonly console: string;
  readonly facts: Members;
  /** of the script */
  readonly fact: Members;
};
