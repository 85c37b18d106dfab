// A row of a list that leads somewhere: what it is, a line about it, its tone.
import { IconChevronRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import './rowLink.css';

type Props = {
  to: string;
  title: ReactNode;
  /** before the title, small */
  icon?: ReactNode;
  /** after it; on phones below it */
  tone?: ReactNode;
  children?: ReactNode;
};

export const RowLink = ({ to, title, icon, tone, children }: Props) => (
  <li>
    <Link to={to} className={icon === undefined ? 'row-link' : 'row-link row-link-marked'}>
      {icon}
      <span className="row-link-text">
        <span className="row-link-title">{title}</span>
        {children}
      </span>
      {tone}
      <IconChevronRight size={18} aria-hidden="true" className="row-link-arrow" />
    </Link>
  </li>
);
