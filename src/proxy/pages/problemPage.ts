// A plain page for errors that have no remedy: no such console, signing in did not work, the gateway is in trouble.
// It has no script, so it also works where there is no console behind the address.
import { escapeHtml, pageFrame, technicalDetails } from './html.ts';

export type ProblemPage = {
  readonly problem: {
    readonly title: string;
    readonly status: number;
    readonly reason: string;
    readonly next?: string | undefined;
    readonly request?: string | undefined;
  };
  readonly nonce: string;
  /** the console's name, when there is one */
  readonly place?: string;
  /** one way on; an http(s) address or a path of this origin, else it is left out */
  readonly link?: { readonly href: string; readonly text: string };
};

export function renderProblemPage({ problem, nonce, place = 'Sallyport', link }: ProblemPage): string {
  const safe = link !== undefined && /^(https?:\/\/|\/(?![/\\]))/i.test(link.href);
  const content = [
    `<h1>${escapeHtml(problem.title)}</h1>`,
    problem.next ? `<p class="said">${escapeHtml(problem.next)}</p>` : '',
    technicalDetails([
      ['Reason', problem.reason],
      ['Status', String(problem.status)],
      ['Request', problem.request ?? ''],
    ]),
    safe
      ? `<div class="actions"><a class="button primary" href="${escapeHtml(link.href)}">${escapeHtml(link.text)}</a></div>`
      : '',
  ].join('');
  return pageFrame({ title: problem.title, nonce, place, content });
}
