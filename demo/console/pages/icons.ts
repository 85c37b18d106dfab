// Line icons, drawn for this console on a 20 by 20 grid. Decoration only: the words next to them carry the meaning.

import { Html } from '../html.ts';

const PATHS = {
  home: 'M3 9.5 10 4l7 5.5V16a1 1 0 0 1-1 1h-3.5v-4.5h-5V17H4a1 1 0 0 1-1-1z',
  devices:
    'M5 3h6a1.5 1.5 0 0 1 1.5 1.5v11A1.5 1.5 0 0 1 11 17H5a1.5 1.5 0 0 1-1.5-1.5v-11A1.5 1.5 0 0 1 5 3zM7 14.5h2M12.5 7H15a1.5 1.5 0 0 1 1.5 1.5v7A1.5 1.5 0 0 1 15 17h-3',
  users:
    'M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 16.5c.3-3 2.3-4.5 5-4.5s4.7 1.5 5 4.5M13 9.3a2.6 2.6 0 1 0-.6-5.1M14.2 12.2c2 .4 3.1 1.8 3.3 4.3',
  profiles: 'M5 3h7l3.5 3.5V16a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM7.5 11.5l2 2 3.5-4M11.5 3v4h4',
  apps: 'M3.5 4.5a1 1 0 0 1 1-1h3a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1h-3a1 1 0 0 1-1-1zM11.5 4.5a1 1 0 0 1 1-1h3a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1h-3a1 1 0 0 1-1-1zM3.5 12.5a1 1 0 0 1 1-1h3a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1h-3a1 1 0 0 1-1-1zM14 11.5v5M11.5 14h5',
  events: 'M2.5 10.5h3l2-6 4 12 2.2-6h3.8',
  search: 'M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13 13l4 4',
  theme: 'M10 3a7 7 0 1 0 7 7 5.2 5.2 0 0 1-7-7z',
  lock: 'M5.5 9h9a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1zM7 9V6.5a3 3 0 0 1 6 0V9',
  wipe: 'M4 5.5h12M8 5.5V4a1 1 0 0 1 1-1h2a1 1 0 0 1 1 1v1.5M5.5 5.5l.7 10.6a1 1 0 0 0 1 .9h5.6a1 1 0 0 0 1-.9l.7-10.6M8.5 9v5M11.5 9v5',
  rename: 'M12.5 4.5l3 3L7 16l-3.5.5L4 13zM11 6l3 3',
  plus: 'M10 4v12M4 10h12',
  upload: 'M10 13V4M6.5 7.5 10 4l3.5 3.5M4 13v2.5A1.5 1.5 0 0 0 5.5 17h9a1.5 1.5 0 0 0 1.5-1.5V13',
  download: 'M10 4v9M6.5 9.5 10 13l3.5-3.5M4 14v1.5A1.5 1.5 0 0 0 5.5 17h9a1.5 1.5 0 0 0 1.5-1.5V14',
  phone: 'M6.5 2.5h7a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1zM9 15h2',
  tablet: 'M4.5 2.5h11a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1zM9 15h2',
  laptop: 'M5 4.5h10a1 1 0 0 1 1 1V13H4V5.5a1 1 0 0 1 1-1zM2.5 15.5h15',
  exit: 'M8 4H5a1 1 0 0 0-1 1v10a1 1 0 0 0 1 1h3M12 6.5l3.5 3.5-3.5 3.5M15.5 10H8',
  check: 'M4.5 10.5l3.5 3.5 7.5-8',
  alert: 'M10 3.5l7 12.5H3zM10 8v3.5M10 13.7v.2',
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): Html {
  return new Html(
    `<svg class="icon" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="${PATHS[name]}"/></svg>`,
  );
}

export const LOGO = new Html(
  '<svg class="logo" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="9" fill="#12b886"/><path d="M7.5 22.5 16 8l8.5 14.5h-5L16 16l-3.5 6.5z" fill="#06231b"/><circle cx="16" cy="23" r="1.7" fill="#06231b"/></svg>',
);
