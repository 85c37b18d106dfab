// Fits a recorded page of any size into the frame, in the middle, never larger than it was.
type Size = { readonly width: number; readonly height: number };

export const scaleFor = (page: Size, box: Size): number =>
  Math.min(1, box.width / Math.max(1, page.width), box.height / Math.max(1, page.height));

export function fitInto(root: HTMLElement, page: Size): void {
  const box = { width: window.innerWidth, height: window.innerHeight };
  const scale = scaleFor(page, box);
  root.style.width = `${page.width}px`;
  root.style.height = `${page.height}px`;
  root.style.transform = `translate(${Math.max(0, (box.width - page.width * scale) / 2)}px, 0) scale(${scale})`;
}
