// The portal's ceremony in a small window. The portal never uses its opener, and what happened in the window is learned
// from the gateway, so neither side needs to reach the other.

const WIDTH = 480;
const HEIGHT = 640;
const open = window.open;

/** Call it inside a click handler. False: the browser blocked the window. */
export function popUp(url: string): boolean {
  const left = Math.max(0, Math.round(window.screenX + (window.outerWidth - WIDTH) / 2));
  const top = Math.max(0, Math.round(window.screenY + (window.outerHeight - HEIGHT) / 3));
  const made = open.call(window, url, '_blank', `popup,width=${WIDTH},height=${HEIGHT},left=${left},top=${top}`);
  if (made === null) return false;
  try {
    made.opener = null;
  } catch {
    // A browser that has separated the two windows already.
  }
  return true;
}
