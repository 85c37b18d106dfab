// What of a page is not recorded, decided in the browser, before anything leaves it: what people type; passwords, codes and
// hidden values always; texts that the operator names; tokens in attributes and addresses.

/** A serialised node, as far as it is looked at here. */
export type Shape = {
  readonly id: number;
  readonly tagName?: string;
  attributes?: { [name: string]: unknown };
  textContent?: string;
  readonly childNodes?: readonly Shape[];
};

export type Masking = {
  /** what is recorded of what stands in a field */
  readonly input: (text: string, element: Element) => string;
  /** Takes out of a serialised node, and of all in it, what must not be recorded. */
  readonly tidy: (node: Shape) => void;
  /** The same for changed attributes. */
  readonly tidyAttributes: (tagName: string, attributes: { [name: string]: unknown }, element: Element | null) => void;
};

/** Always the same length: that of a password is nobody's business. */
const HIDDEN = '••••••••';
const SECRET_WORD = /pass|pwd|secret|token|otp|mfa|2fa|one.?time|pin\b|code|cvv|cvc|key|credential/i;
const SECRET_AUTOCOMPLETE = /password|one-time-code|cc-/i;
const SECRET_ATTRIBUTE = /token|secret|csrf|xsrf|nonce|passw|authorization|session/i;
const SECRET_PARAMETER =
  /([?&;#][^=&;#\s]*(?:token|code|secret|sig|key|session|passw|auth|state|nonce)[^=&;#\s]*=)[^&;#\s"')]+/gi;
const META_KEPT = /^(viewport|color-scheme|theme-color)$/i;
/** characters of an image in the page itself, and of one text, that are kept */
const MOST_INLINE = 32 * 1024;
const MOST_TEXT = 128 * 1024;

/** @param shown true: what is typed into fields that are no secrets is kept @param nodeOf the element of a serialised node */
export function createMasking(shown: boolean, nodeOf: (id: number) => Node | null): Masking {
  /** once a password, always one: pages show them by making the field a text field */
  const passwords = new WeakSet<Element>();

  function isSecret(element: Element): boolean {
    if (!(element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement)) return false;
    if (element.type === 'password' || element.hasAttribute('data-rr-is-password')) passwords.add(element);
    if (passwords.has(element) || element.type === 'hidden') return true;
    const said = `${element.name} ${element.id} ${element.placeholder} ${element.getAttribute('aria-label') ?? ''}`;
    return SECRET_AUTOCOMPLETE.test(element.autocomplete) || SECRET_WORD.test(said);
  }

  function tidyAttributes(tag: string, attributes: { [name: string]: unknown }, element: Element | null): void {
    for (const name in attributes) {
      const value = attributes[name];
      if (typeof value !== 'string' || value === '') continue;
      if (name === 'srcdoc' || SECRET_ATTRIBUTE.test(name)) attributes[name] = '';
      else if (name !== '_cssText' && value.length > MOST_INLINE) attributes[name] = '';
      else if (value.includes('=') && (name === 'href' || name === 'src' || name === 'action' || name === 'rr_src'))
        attributes[name] = value.replace(SECRET_PARAMETER, '$1***');
    }
    if (tag === 'meta' && !META_KEPT.test(String(attributes.name ?? element?.getAttribute('name') ?? '')))
      delete attributes.content;
    if (tag !== 'input' || !(element instanceof HTMLInputElement)) return;
    if (element.type === 'password') passwords.add(element);
    // The field was emptied, and its attribute still says what stood in it.
    if (element.value === '' && attributes.value !== undefined) attributes.value = '';
  }

  function tidy(root: Shape): void {
    const open: Shape[] = [root];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (node.attributes !== undefined) {
        const tag = node.tagName ?? '';
        const looked = tag === 'input' || tag === 'meta' ? (nodeOf(node.id) as Element | null) : null;
        tidyAttributes(tag, node.attributes, looked);
      }
      if (node.textContent !== undefined && node.textContent.length > MOST_TEXT)
        node.textContent = node.textContent.slice(0, MOST_TEXT);
      if (node.childNodes !== undefined) for (const child of node.childNodes) open[open.length] = child;
    }
  }

  return {
    input: (text, element) =>
      isSecret(element) ? (text === '' ? '' : HIDDEN) : shown ? text : '*'.repeat(Math.min(text.length, 64)),
    tidy,
    tidyAttributes,
  };
}

export const withoutSecrets = (address: string): string => address.replace(SECRET_PARAMETER, '$1***');
