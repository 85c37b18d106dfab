// The keyboard stays with the player: a recorded page that opens a modal dialog, or a click on the picture, takes the focus into the
// frame, where keys do nothing. It comes back to where it was.
import { type RefObject, useEffect } from 'react';

export function useOwnFocus(frame: RefObject<HTMLIFrameElement | null>): void {
  useEffect(() => {
    let last: HTMLElement | null = null;
    const note = ({ target }: FocusEvent) => {
      if (target instanceof HTMLElement && target !== frame.current) last = target;
    };
    // The window loses the focus before the frame is known to have it.
    const back = () =>
      window.setTimeout(() => {
        const taker = frame.current;
        if (taker === null || document.activeElement !== taker) return;
        taker.blur();
        window.focus();
        if (last?.isConnected) last.focus({ preventScroll: true });
      }, 0);
    document.addEventListener('focusin', note);
    window.addEventListener('blur', back);
    return () => {
      document.removeEventListener('focusin', note);
      window.removeEventListener('blur', back);
    };
  }, [frame]);
}
