// Values that want to be more than a value, put where people's and clients' words go: every line of the log, every event of
// the journal stays one line of JSON, and gives the value back as it was.
import type { Case } from '../cases.ts';
import { exchange } from '../exchange.ts';
import { type CorpusStack, HOST } from '../stack.ts';
import type { Problem } from '../verdicts.ts';

export async function runLog(stack: CorpusStack, one: Case): Promise<Problem | { readonly notRun: string }> {
  const { field = '', value = '' } = one;
  const [linesBefore, eventsBefore] = [stack.logLines().length, (await stack.journal()).length];
  let kept: string | undefined = value;
  if (field === 'path' || field === 'user-agent') {
    const bytes = Buffer.from(value, 'utf8').toString('latin1');
    const target = field === 'path' ? bytes : '/api/v1/admin';
    const agent = field === 'path' ? '' : `User-Agent: ${bytes}\r\n`;
    const text = `GET ${target} HTTP/1.1\r\nHost: ${HOST}\r\n${agent}Cookie: ${stack.cookieOf('reader')}\r\n\r\n`;
    const seen = await exchange(stack, Buffer.from(text, 'latin1'));
    if (seen.requests.length > 0) return `reached the upstream: ${seen.requests[0]?.line}`;
    kept = undefined;
  } else if (field === 'reason') {
    const alice = stack.members.get('reader');
    if (alice === undefined) return 'nobody is there';
    const asked = await stack.askOf(alice, 'device.wipe', ['42'], { reason: value });
    if (asked.status === 201) await alice.post(`/api/grants/${asked.json<{ id: string }>().id}/withdraw`);
    else kept = undefined;
  } else if (field === 'username') {
    await stack.signIn('u-name', [], { claims: { name: value } });
  } else return { notRun: `nobody knows where ${field} goes` };

  const lines = stack.logLines().slice(linesBefore);
  const events = (await stack.journal()).slice(eventsBefore);
  for (const line of [...lines, ...events]) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    if (/[\x00-\x1f\x7f]/.test(line))
      return `a line has a raw control character: ${JSON.stringify(line).slice(0, 200)}`;
    if (line.length > 16_384) return `a line has ${line.length} characters`;
    JSON.parse(line);
  }
  if (kept === undefined) return null;
  return events.some((event) => holds(JSON.parse(event), kept)) ? null : 'no event gives the value back';
}

const holds = (value: unknown, text: string): boolean =>
  value === text ||
  (typeof value === 'object' && value !== null && Object.values(value).some((member) => holds(member, text)));
