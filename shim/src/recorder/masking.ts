// What of a page is not recorded, decided in the browser, before anything leaves it: what people type; passwords, codes and
// hidden values always; texts that the operator names, and keys that are known by how they look or what stands before them; tokens in
// attributes and addresses. Frames have classes of their own: nothing here asks for an instance.

/** A serialised node, as far as it is looked at here. */
export type Shape = {
  readonly id: number;
  readonly tagName?: string;
  readonly isStyle?: boolean;
  attributes?: { [name: string]: unknown };
  textContent?: string;
  readonly childNodes?: readonly Shape[];
};

export type Masking = {
  /** what is recorded of what stands in a field */
  readonly input: (text: string, element: Element) => string;
  /** Takes out of a serialised node, and of all in it, what must not be recorded. */
  readonly tidy: (node: Shape) => void;
  /** The same for a changed text. */
  readonly tidyText: (text: string, node: Node | null) => string;
  /** The same for changed attributes. */
  readonly tidyAttributes: (tagName: string, attributes: { [name: string]: unknown }, element: Element | null) => void;
};

/** Always the same length: that of a password is nobody's business. */
const HIDDEN = '••••••••';
const SECRET_WORD =
  /pass|pwd|\bpw\b|secret|token|otp|mfa|2fa|one.?time|pin\b|puk\b|psk\b|code|cvv|cvc|key|credential|challenge/i;
const SECRET_AUTOCOMPLETE = /password|one-time-code|cc-/i;
const SECRET_ATTRIBUTE =
  /token|secret|csrf|xsrf|nonce|passw|passcode|authorization|session|credential|clipboard|api-?key|private-?key|recovery-?key|otp\b/i;
/** Of a field that holds a secret, these may say it too. */
const SAYS_VALUE = /^(?:value|placeholder|title|aria-valuetext|aria-label|aria-description|data-.*|pattern)$/;
/** Never an address or a value, and often with signs of both. */
const NO_VALUE = /^(?:class|style|_cssText|d|points|id|transform|viewBox)$/;
const SECRET_PARAMETER =
  /([?&;#][^=&;#\s]*(?:token|code|secret|sig|key|session|passw|auth|state|nonce)[^=&;#\s]*=)[^&;#\s"')]+/gi;
const META_KEPT = /^(viewport|color-scheme|theme-color)$/i;
/** A FileVault or BitLocker key, an activation lock bypass code, a signed token, a private key. */
const KEY =
  /(?<![\w-])(?:[A-Z0-9]{4}(?:-[A-Z0-9]{4}){5}|\d{6}(?:-\d{6}){7}|[A-Z0-9]{5}-[A-Z0-9]{5}(?:-[A-Z0-9]{4}){4})(?![\w-])|\beyJ[\w-]{13,}\.[\w-]{8,}\.[\w-]*|-----BEGIN [A-Z ]*PRIVATE KEY[\s\S]*?(?:-----END [A-Z ]*-----|$)/g;
const MAY_BE_KEY = /-[A-Z0-9]{4}-|-\d{6}-|eyJ|-----BEGIN/;
/** `Password: x` */
const SAID =
  /\b((?:pass(?:word|code|phrase)|secret|token|pin|puk|(?:recovery|api|private|pre-?shared|unlock) key|(?:unlock|bypass|recovery|one-time|verification) code)\s{0,3}[:=]\s*)\S[^\r\n]{0,500}/gi;
/** characters of an image in the page itself, and of one text, that are kept */
const MOST_INLINE = 32 * 1024;
const MOST_TEXT = 128 * 1024;

/** What people write into without its being a field, besides what is editable; with the recorder's own names for attributes. */
const WRITTEN_ROLE = /^(?:textbox|searchbox)$/i;
const WRITTEN = '[role="textbox" i],[role="searchbox" i]';
const NO_TEXT_TYPE = /^(?:checkbox|radio|button|submit|reset|image|file|range|color)$/;

/** @param shown true: what is typed into fields that are no secrets is kept @param nodeOf the element of a serialised node */
export function createMasking(shown: boolean, nodeOf: (id: number) => Node | null): Masking {
  /** once a password, always one: pages show them by making the field a text field */
  const passwords = new WeakSet<Element>();

  function isSecret(element: Element): boolean {
    if (element.localName !== 'input' && element.localName !== 'textarea') return false;
    const field = element as HTMLInputElement;
    if (NO_TEXT_TYPE.test(field.type) && !passwords.has(field)) return false;
    if (field.type === 'password' || field.hasAttribute('data-rr-is-password')) passwords.add(field);
    if (passwords.has(field) || field.type === 'hidden') return true;
    return (
      SECRET_AUTOCOMPLETE.test(field.autocomplete) || SECRET_WORD.test(`${field.name} ${field.id} ${saidOf(field)}`)
    );
  }

  function tidyAttributes(tag: string, attributes: { [name: string]: unknown }, element: Element | null): void {
    const field = element !== null && (tag === 'input' || tag === 'textarea');
    const secret = field && isSecret(element);
    for (const name in attributes) {
      const value = attributes[name];
      if (typeof value !== 'string' || value === '') continue;
      if (name === 'srcdoc' || SECRET_ATTRIBUTE.test(name)) attributes[name] = '';
      else if (secret && SAYS_VALUE.test(name)) attributes[name] = name === 'value' ? HIDDEN : '';
      else if (name === 'value' && !shown && tag.includes('-')) attributes[name] = '';
      else if (name !== '_cssText' && value.length > MOST_INLINE) attributes[name] = '';
      else if (!NO_VALUE.test(name)) attributes[name] = tidyValue(value);
    }
    if (tag === 'meta' && !META_KEPT.test(String(attributes.name ?? element?.getAttribute('name') ?? '')))
      delete attributes.content;
    if (tag !== 'input' || !field) return;
    // The field was emptied, and its attribute still says what stood in it.
    if ((element as HTMLInputElement).value === '' && attributes.value !== undefined) attributes.value = '';
  }

  /** Texts that people write, where typing is masked. Asked of what changed, never of a whole page: it costs. */
  function isWritten(node: Node | null): boolean {
    const element = node?.parentElement;
    return !shown && element != null && (element.isContentEditable || element.closest(WRITTEN) !== null);
  }

  function tidy(root: Shape): void {
    if (isWritten(nodeOf(root.id))) starred(root);
    const open: Shape[] = [root];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (node.attributes !== undefined) {
        const tag = node.tagName ?? '';
        const looked = LOOKED.test(tag) ? (nodeOf(node.id) as Element | null) : null;
        const { contenteditable, role } = node.attributes;
        if (!shown && (isOn(contenteditable) || WRITTEN_ROLE.test(String(role ?? '')))) starred(node);
        tidyAttributes(tag, node.attributes, looked);
      }
      if (node.textContent !== undefined && node.isStyle !== true) node.textContent = tidyText(node.textContent);
      if (node.childNodes !== undefined) for (const child of node.childNodes) open[open.length] = child;
    }
  }

  return {
    input: (text, element) =>
      isSecret(element) ? (text === '' ? '' : HIDDEN) : shown ? tidyText(text) : '*'.repeat(Math.min(text.length, 64)),
    tidy,
    tidyText: (text, node) => (isWritten(node) ? stars(text) : tidyText(text)),
    tidyAttributes,
  };
}

/** `contenteditable` alone means that it is; rrweb writes an empty attribute as it is, or as true. */
const isOn = (said: unknown): boolean => said !== undefined && said !== null && said !== false && said !== 'false';
const stars = (text: string): string => text.replace(/\S/g, '*');
function starred(root: Shape): void {
  const open: Shape[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.textContent !== undefined) node.textContent = stars(node.textContent);
    if (node.childNodes !== undefined) for (const child of node.childNodes) open[open.length] = child;
  }
}

const LOOKED = /^(?:input|textarea|meta)$/;

/** What is written at a field, for people. */
function saidOf(field: HTMLInputElement): string {
  const said = [field.placeholder, field.title, field.getAttribute('aria-label') ?? ''];
  for (const label of field.labels ?? []) said[said.length] = (label.textContent ?? '').slice(0, 200);
  const by = field.getAttribute('aria-labelledby');
  // A shadow root has ids of its own.
  const root = field.getRootNode() as Document | ShadowRoot;
  if (by && 'getElementById' in root)
    for (const id of by.split(/\s+/)) said[said.length] = (root.getElementById(id)?.textContent ?? '').slice(0, 200);
  return said.join(' ');
}

function tidyText(text: string): string {
  const kept = text.length > MOST_TEXT ? text.slice(0, MOST_TEXT) : text;
  // Of very many texts next to none is longer than a name, or has one of these.
  if (kept.length < 6) return kept;
  const without = MAY_BE_KEY.test(kept) ? kept.replace(KEY, HIDDEN) : kept;
  return without.includes(':') || without.includes('=') ? without.replace(SAID, `$1${HIDDEN}`) : without;
}

function tidyValue(value: string): string {
  // State for scripts, as JSON: nobody sees it.
  if (/^\s*[[{]/.test(value)) return '';
  const without = tidyText(value);
  return without.includes('=') ? without.replace(SECRET_PARAMETER, '$1***') : without;
}

export const withoutSecrets = (address: string): string => address.replace(SECRET_PARAMETER, '$1***');
