// The form that asks for access, or for approval of one exact request, filled in as far as the refusal tells: only the
// reason is left to say. What the rule demands is said before somebody presses; the server decides.
import type { Asked, Gateway, Words } from '../gateway.ts';
import type { Refused } from '../refused.ts';
import { MINUTES, minutesInWords } from '../words.ts';
import { freshId, h } from './dom.ts';

export type AskForm = { readonly element: HTMLFormElement; readonly submit: HTMLButtonElement; focus(): void };

export type AskFormDeps<T> = {
  readonly refused: Refused;
  readonly gateway: Pick<Gateway, 'rule'>;
  readonly submitWord: string;
  /** false: there is no time to ask for */
  readonly timed: boolean;
  readonly send: (words: Words, minutes: number) => Promise<Asked<T>>;
  /** called once, with what was asked for */
  readonly asked: (value: T) => void;
};

/** `submit` belongs among the actions of the panel. */
export function createAskForm<T>({ refused, gateway, submitWord, timed, send, asked }: AskFormDeps<T>): AskForm {
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
  const ticketHint = h('small', {}, 'optional');
  const minutes = h(
    'select',
    { name: 'minutes' },
    ...MINUTES.map((value) => h('option', { value, selected: value === 30 }, minutesInWords(value))),
  );
  const whom = h('p', { class: 'why' });
  const error = h('p', { class: 'error', id: errorId, role: 'alert' });
  const submit = h('button', { class: 'primary', type: 'submit', form: id }, submitWord);

  const tellWhom = (text: string) => {
    whom.replaceChildren(...(text === '' ? [] : [h('b', {}, 'Goes to: '), text]));
  };
  const say = (what: string, field?: HTMLElement) => {
    error.textContent = what;
    for (const each of [reason, ticket]) each.setAttribute('aria-invalid', String(each === field));
    field?.focus();
  };

  async function demands(): Promise<void> {
    const { console, acts } = refused;
    if (console === null || acts.length === 0) return;
    const rule = await gateway.rule(console.id, acts);
    if (rule === null) return;
    tellWhom(timed && rule.automatic ? 'nobody, a rule approves it for you' : timed ? rule.whom : refused.whom);
    if (rule.ticket !== null) ticketHint.textContent = rule.ticket.say;
    for (const option of minutes.options) option.hidden = option.disabled = Number(option.value) > rule.longest;
    if (Number(minutes.value) > rule.longest)
      minutes.value = String(MINUTES.findLast((one) => one <= rule.longest) ?? MINUTES[0]);
  }

  async function ask(event: Event): Promise<void> {
    event.preventDefault();
    if (reason.value.trim().length < 5) return say('Say in a few words why.', reason);
    say('');
    submit.disabled = true;
    const words = { reason: reason.value.trim(), ticket: ticket.value.trim() };
    const outcome = await send(words, Number(minutes.value));
    submit.disabled = false;
    if (outcome.ok) return asked(outcome.value);
    const fault = outcome.faults[0];
    const sentence = (fault?.what ?? outcome.what).replace(/[.\s]*$/, '.');
    say(sentence, fault?.at === 'ticket' ? ticket : fault?.at === 'reason' ? reason : undefined);
  }

  tellWhom(refused.whom);
  void demands();
  const element = h(
    'form',
    { class: 'step', id, novalidate: true, onsubmit: (event: Event) => void ask(event) },
    h('label', {}, 'Reason', reason),
    h(
      'div',
      { class: timed ? 'row' : 'step' },
      timed && h('label', {}, 'For', minutes),
      h('label', {}, h('span', {}, 'Ticket ', ticketHint), ticket),
    ),
    whom,
    error,
  );
  return { element, submit, focus: () => reason.focus() };
}
