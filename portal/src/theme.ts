// One accent (harbour), neutral surfaces, three risk tones. Every text and background pair here has a contrast of 4.5:1 or more.
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const harbour: MantineColorsTuple = [
  '#e8f6f5',
  '#d0ecea',
  '#a3d9d5',
  '#74c6c0',
  '#4cb5ad',
  '#2a9d95',
  '#12877f',
  '#08716b',
  '#075c57',
  '#064642',
];
const dark: MantineColorsTuple = [
  '#dfe4ea',
  '#bcc5cf',
  '#a0abb7',
  '#76818d',
  '#3d4650',
  '#2f3741',
  '#242b33',
  '#1a2027',
  '#13181e',
  '#0d1115',
];

export const theme = createTheme({
  primaryColor: 'harbour',
  primaryShade: 7,
  colors: { harbour, dark },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace',
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.625rem', lineHeight: '1.25' },
      h2: { fontSize: '1.125rem', lineHeight: '1.35' },
      h3: { fontSize: '1rem', lineHeight: '1.4' },
    },
  },
  components: {
    Paper: { defaultProps: { withBorder: true, radius: 'lg' } },
    Tooltip: { defaultProps: { withArrow: true, events: { hover: true, focus: true, touch: true } } },
    Modal: {
      defaultProps: {
        centered: true,
        radius: 'lg',
        overlayProps: { backgroundOpacity: 0.45 },
        attributes: { header: { role: 'none' } },
      },
    },
    // Its close button has no name of its own, and its grey is too light for the smaller text.
    Notification: {
      defaultProps: { closeButtonProps: { 'aria-label': 'Close' } },
      classNames: { description: 'notification-text' },
    },
    Drawer: { defaultProps: { attributes: { header: { role: 'none' } } } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--page': '#f5f7f7',
    '--mantine-color-dimmed': '#566069',
    '--mantine-color-placeholder': '#6a737c',
    '--mantine-color-error': '#b3261e',
    '--line': '#dde2e5',
    '--quiet': '#f0f3f4',
    '--tone-read': '#566069',
    '--tone-low': '#2f5d8a',
    '--tone-low-back': '#e8f0f8',
    '--tone-high': '#8a4b00',
    '--tone-high-back': '#fdf0dc',
    '--tone-destructive': '#b3261e',
    '--tone-destructive-back': '#fcebe9',
    '--tone-good': '#08716b',
    '--tone-good-back': '#e8f6f5',
  },
  dark: {
    '--page': '#13181e',
    '--mantine-color-dimmed': '#a0abb7',
    '--mantine-color-placeholder': '#8b96a2',
    '--mantine-color-error': '#ff9b91',
    '--line': '#2f3741',
    '--quiet': '#20262e',
    '--tone-read': '#a0abb7',
    '--tone-low': '#9cc4ec',
    '--tone-low-back': '#1b2c3d',
    '--tone-high': '#f5b95c',
    '--tone-high-back': '#362814',
    '--tone-destructive': '#ff9b91',
    '--tone-destructive-back': '#3c1d1b',
    '--tone-good': '#74c6c0',
    '--tone-good-back': '#12302e',
  },
});
