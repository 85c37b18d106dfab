// The form that asks for access, filled in as far as the refusal tells: which action, which devices; only the reason is
// left to say.
import type { ShimGrant } from '../../../src/portal/contract/consolePages.ts';
import type { Gateway } from '../gateway.ts';
import type { Refused } from '../refused.ts';
import { MINUTES, minutesInWords } from '../words.ts';
import { freshId, h } from './dom.ts';

export type AskForm = { readonly element: HTMLFormElement; readonly submit: HTMLButtonElement; focus(): void };

/** @param asked called once, with what was asked for; `submit` belongs among the actions of the panel */
export function createAskForm(refused: Refused, gateway: Gateway, asked: (grant: ShimGrant) => void): AskForm {
  const id = freshId();
  const errorId = `${id}-error`;
  const reason = h('input', {
    name: 'reason',
    required: true,
    minlength: 5,
    maxlength: 500,
    autocomplete: 'off',
    'aria-describedby': errorId,
    placeholder: 'Lost in a taxi, for example',
  });
  const ticket = h('input', { name: 'ticket', maxlength: 60, autocomplete: 'off' });
  const minutes = h(
    'select',
    { name: 'minutes' },
    ...MINUTES.map((value) => h('option', { value, selected: value === 30 }, minutesInWords(value))),
  );
  const error = h('p', { class: 'error', id: errorId, role: 'alert' });
  const submit = h('button', { class: 'primary', type: 'submit', form: id }, 'Ask for access');

  const say = (what: string, field?: HTMLElement) => {
    error.textContent = what;
    for (const each of [reason, ticket]) each.setAttribute('aria-invalid', String(each === field));
    field?.focus();
  };

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    if (reason.value.trim().length < 5) return say('Say in a few words why.', reason);
    if (!refused.action || !refused.console) return;
    say('');
    submit.disabled = true;
    const outcome = await gateway.ask({
      console: refused.console.id,
      action: refused.action.name,
      targets: refused.targets,
      reason: reason.value.trim(),
      ticket: ticket.value.trim(),
      minutes: Number(minutes.value),
    });
    submit.disabled = false;
    if (outcome.ok) return asked(outcome.grant);
    const fault = outcome.faults[0];
    say(fault ? `${fault.what}.` : `${outcome.what}.`, fault?.at === 'ticket' ? ticket : fault ? reason : undefined);
  }

  const element = h(
    'form',
    { class: 'step', id, novalidate: true, onsubmit: (event: Event) => void send(event) },
    h('label', {}, 'Reason', reason),
    h(
      'div',
      { class: 'row' },
      h('label', {}, 'For', minutes),
      h('label', {}, h('span', {}, 'Ticket ', h('small', {}, 'optional')), ticket),
    ),
    error,
  );
  return { element, submit, focus: () => reason.focus() };
}
