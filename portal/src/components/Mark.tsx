// The double door. Decorative: the name stands beside it.
export const Mark = ({ size = 28 }: { size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="8" fill="var(--mantine-primary-color-filled)" />
    <g fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round">
      <path d="M7 26V14a9 9 0 0 1 18 0v12" />
      <path d="M12 26V15.5a4 4 0 0 1 8 0V26" />
      <path d="M16 20.2v1.6" />
    </g>
  </svg>
);
