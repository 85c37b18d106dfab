// Whether somebody is at this page. A session that goes on is read again and again while it is watched, which keeps the watcher's own
// sign-in alive: a page that was left open must not.
import { useEffect, useState } from 'react';

/** ms without a key, a press or a move */
const LEFT = 10 * 60_000;
const SIGNS = ['pointermove', 'pointerdown', 'keydown', 'scroll', 'focus'] as const;

export function useAttention(): boolean {
  const [there, setThere] = useState(true);
  useEffect(() => {
    let last = performance.now();
    const sign = () => {
      last = performance.now();
      setThere(true);
    };
    const timer = window.setInterval(() => setThere(performance.now() - last < LEFT), 5000);
    for (const name of SIGNS) window.addEventListener(name, sign, { passive: true, capture: true });
    return () => {
      window.clearInterval(timer);
      for (const name of SIGNS) window.removeEventListener(name, sign, { capture: true });
    };
  }, []);
  return there;
}
