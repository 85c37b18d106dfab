// The people of the demo: the IdP signs them in, the tour and the tests use them by name.
// Invented; they have no passwords and exist only where the demo IdP runs.

export interface DemoPerson {
  /** Short name, as used on the sign-in page. */
  readonly login: string;
  /** Stable subject in ID tokens. */
  readonly sub: string;
  readonly name: string;
  readonly email: string;
  readonly groups: readonly string[];
  /** One sentence for the sign-in page: what this person can be used to try. */
  readonly about: string;
}

export const DEMO_PEOPLE: readonly DemoPerson[] = [
  {
    login: 'ada',
    sub: 'u-ada',
    name: 'Ada Admin',
    email: 'ada@acme.example',
    groups: ['mdm-admins'],
    about: 'Runs the devices day to day',
  },
  {
    login: 'grace',
    sub: 'u-grace',
    name: 'Grace Approver',
    email: 'grace@acme.example',
    groups: ['mdm-approvers'],
    about: 'Approves what others ask for',
  },
  {
    login: 'linus',
    sub: 'u-linus',
    name: 'Linus Auditor',
    email: 'linus@acme.example',
    groups: ['mdm-auditors'],
    about: 'Reviews what was done',
  },
  {
    login: 'olga',
    sub: 'u-olga',
    name: 'Olga Operator',
    email: 'olga@acme.example',
    groups: ['mdm-admins', 'mdm-approvers'],
    about: 'Admin and approver at once',
  },
  {
    login: 'hana',
    sub: 'u-hana',
    name: 'Hana Helpdesk',
    email: 'hana@acme.example',
    groups: ['mdm-helpdesk'],
    about: 'Helps people with single devices',
  },
  {
    login: 'owen',
    sub: 'u-owen',
    name: 'Owen Owner',
    email: 'owen@acme.example',
    groups: ['mdm-owners', 'mdm-leads'],
    about: 'Owns settings, administrators, tokens',
  },
  {
    login: 'mallory',
    sub: 'u-mallory',
    name: 'Mallory Nobody',
    email: 'mallory@acme.example',
    groups: [],
    about: 'Has an account, nothing more',
  },
];

/** The person with this login or subject, or undefined. */
export function findDemoPerson(loginOrSub: string): DemoPerson | undefined {
  return DEMO_PEOPLE.find((person) => person.login === loginOrSub || person.sub === loginOrSub);
}
