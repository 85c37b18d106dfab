// The page for people in an archive, judged from its text alone: that it is a quiet page (it runs nothing, loads nothing, hides
// nothing by a style of its own), and whether it is dressed as this verifier knows it. What it says is not proven by this: the
// ledger's signature under the list of files says whose words they are.
import { createHash } from 'node:crypto';

/** SHA-256 of the styles of every viewer so far, newest last. */
export const KNOWN_STYLES: ReadonlySet<string> = new Set([
  '388f941fb21289c8317c61363ced852eb4e4e33acbe4ffb3c16e9ebf1a84771f',
]);

/** How each of ours begins. Nothing may stand before its policy, which a browser obeys from there on. */
const HEAD = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>`;
const STYLE = /<style>([^<]*)<\/style>/;
/** Words around text, and nothing that a browser acts upon. No style but the one in the head, no address, no handler. */
const TAG =
  /^(?:\/?(?:html|head|title|body|header|main|section|footer|h1|h2|p|ol|li|dl|dt|dd|div|details|summary|pre|span|code|time|table|thead|tbody|tr|th|td))(?: (?:class|id|tabindex|role|datetime|scope|aria-label|aria-labelledby)="[^"<>]{0,200}")*>/;

/** @returns whether its style is one of ours, or what is wrong with it, in words */
export function judgeViewer(bytes: Buffer): { readonly known: boolean } | string {
  let html: string;
  try {
    // A mark of another encoding in front would be obeyed by browsers: it is text here, and no beginning of ours.
    html = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return 'is not text';
  }
  if (!html.startsWith(HEAD)) return 'does not begin as a viewer does, with the policy that lets nothing run or load';
  const body = html.slice(HEAD.length);
  const style = STYLE.exec(body);
  if (style === null) return 'has no style of its own';
  const rest = body.slice(0, style.index) + body.slice(style.index + style[0].length);
  for (let at = rest.indexOf('<'); at >= 0; at = rest.indexOf('<', at + 1)) {
    const tag = rest.slice(at + 1, at + 1000);
    if (!TAG.test(tag)) return `holds what no viewer holds, and may run or load something: <${tag.slice(0, 40)}`;
  }
  return {
    known: KNOWN_STYLES.has(
      createHash('sha256')
        .update(style[1] ?? '')
        .digest('hex'),
    ),
  };
}
