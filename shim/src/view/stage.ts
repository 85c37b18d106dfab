// Where the shim shows itself: one element beside <body> with a closed shadow root, invisible and empty until needed.
// The overlay is a modal dialog in the browser's top layer: above the console's own dialogs, everything else inert.
import { h } from './dom.ts';
import { overlaySheets } from './styles.ts';

export type Stage = {
  /** Shows content in the modal dialog; `onEscape` is called when the person presses Esc. */
  open(content: HTMLElement, titleId: string, onEscape: () => void): void;
  /** Closes it and gives the focus back to where it was. */
  close(): void;
  /** The status lines, in their place. */
  pills(content: readonly HTMLElement[]): void;
  /** A line below them that stays: that the page is recorded. */
  note(line: HTMLElement): void;
  isOpen(): boolean;
};

/** The page's own keyboard and pointer handlers do not hear what happens in here. */
const KEPT_IN = [
  'keydown', 'keyup', 'keypress', 'beforeinput', 'input', 'click', 'dblclick', 'mousedown', 'mouseup', 'pointerdown',
  'pointerup', 'touchstart', 'touchend', 'focusin', 'focusout', 'paste', 'copy', 'cut', 'contextmenu', 'wheel',
]; // biome-ignore format: a list of words

const FOCUSABLE = 'a[href],button:not(:disabled),input:not(:disabled),select:not(:disabled),summary,[tabindex="0"]';

export function createStage(): Stage {
  let host: HTMLElement | null = null;
  let root: ShadowRoot | null = null;
  let before: HTMLElement | null = null;
  let leave = () => {};
  const pillBox = h('section', { class: 'pills', popover: 'manual', 'aria-label': 'Sallyport' });
  const dialog = h('dialog', { 'aria-modal': 'true' });

  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    leave();
  });
  // A browser may close it on a second Esc whatever we say.
  dialog.addEventListener('close', () => leave());
  dialog.addEventListener('keydown', (event) => {
    if (event.key !== 'Tab') return;
    const inside = [...dialog.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
      (one) => one.getClientRects().length > 0,
    );
    const edge = event.shiftKey ? inside[0] : inside.at(-1);
    const active = root?.activeElement;
    if (edge === undefined || (active !== edge && inside.includes(active as HTMLElement))) return;
    event.preventDefault();
    (event.shiftKey ? inside.at(-1) : inside[0])?.focus();
  });

  function mount(): void {
    if (host === null) {
      host = document.createElement('sallyport-shim');
      root = host.attachShadow({ mode: 'closed' });
      root.adoptedStyleSheets = overlaySheets();
      root.append(pillBox, dialog);
      for (const type of KEPT_IN) host.addEventListener(type, (event) => event.stopPropagation());
    }
    // Pages that rewrite their whole document take us out; we come back when there is something to say.
    if (!host.isConnected) document.documentElement.append(host);
  }

  let lines: readonly HTMLElement[] = [];
  let noted: HTMLElement | null = null;
  function refresh(): void {
    const content = noted === null ? lines : [...lines, noted];
    if (content.length === 0 && host === null) return;
    mount();
    pillBox.replaceChildren(...content);
    if ('showPopover' in pillBox && content.length > 0 !== pillBox.matches(':popover-open')) {
      if (content.length > 0) pillBox.showPopover();
      else pillBox.hidePopover();
    }
  }

  return {
    open(content, titleId, onEscape) {
      mount();
      dialog.setAttribute('aria-labelledby', titleId);
      dialog.replaceChildren(content);
      leave = onEscape;
      if (dialog.open) return;
      before = document.activeElement instanceof HTMLElement ? document.activeElement : null;
      dialog.showModal();
    },
    close() {
      leave = () => {};
      if (dialog.open) dialog.close();
      dialog.replaceChildren();
      if (before?.isConnected && document.activeElement !== before) before.focus({ preventScroll: true });
      before = null;
    },
    pills(content) {
      lines = content;
      refresh();
    },
    note(line) {
      noted = line;
      refresh();
    },
    isOpen: () => dialog.open,
  };
}
