// The keyboard of a replay. Keys that mean something to what has the focus stay with it.
import { useEffect, useRef } from 'react';
import type { Player } from './useReplay.ts';

export const KEYS: readonly { readonly keys: readonly string[]; readonly says: string }[] = [
  { keys: ['Space', 'K'], says: 'Play or pause' },
  { keys: ['←', '→'], says: 'Five seconds back or on; with Shift, one minute' },
  { keys: ['J', 'L'], says: 'Ten seconds back or on' },
  { keys: ['Home', 'End'], says: 'The beginning; the end, or now' },
  { keys: ['P', 'N'], says: 'Previous or next act' },
  { keys: ['S'], says: 'Speed' },
];

const SECOND = 1000;

/** What a key does; null: nothing of ours. Pure but for the player. */
export function deedOf(
  player: Pick<Player, 'at' | 'seek' | 'toggle' | 'next' | 'previous' | 'faster' | 'toStart' | 'toEnd'>,
  { key, shiftKey }: { readonly key: string; readonly shiftKey: boolean },
): (() => void) | null {
  const step = shiftKey ? 60 : 5;
  switch (key.length === 1 ? key.toLowerCase() : key) {
    case ' ':
    case 'k':
      return player.toggle;
    case 'ArrowLeft':
      return () => player.seek(player.at - step * SECOND);
    case 'ArrowRight':
      return () => player.seek(player.at + step * SECOND);
    case 'j':
      return () => player.seek(player.at - 10 * SECOND);
    case 'l':
      return () => player.seek(player.at + 10 * SECOND);
    case 'Home':
      return player.toStart;
    case 'End':
      return player.toEnd;
    case 'n':
      return player.next;
    case 'p':
      return player.previous;
    case 's':
      return player.faster;
    default:
      return null;
  }
}

const WRITES = 'input:not([type="checkbox"]):not([type="radio"]), textarea, select, [contenteditable]';
const PRESSED = 'button, a[href], summary, input, [role="dialog"]';

export function useKeys(player: Player, enabled: boolean): void {
  const current = useRef(player);
  current.current = player;
  useEffect(() => {
    if (!enabled) return;
    const hear = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const on = event.target instanceof Element ? event.target : null;
      if (on?.closest(WRITES) || (event.key === ' ' && on?.closest(PRESSED))) return;
      if (event.key.startsWith('Arrow') && on?.closest('[role="radiogroup"], input')) return;
      const deed = deedOf(current.current, event);
      if (deed === null) return;
      event.preventDefault();
      deed();
    };
    window.addEventListener('keydown', hear);
    return () => window.removeEventListener('keydown', hear);
  }, [enabled]);
}
