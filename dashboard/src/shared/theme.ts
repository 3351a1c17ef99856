import {
  Badge,
  Button,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  Notification,
  Paper,
  SegmentedControl,
  Tabs,
  Tooltip,
} from '@mantine/core'
import { say } from './words.ts'

const iris: MantineColorsTuple = [
  '#f0f1ff',
  '#e0e2fb',
  '#c3c7f2',
  '#a3a9ea',
  '#868de2',
  '#6d75d8',
  '#5a62cf',
  '#4f56c8',
  '#4148ad',
  '#333987',
]

const dark: MantineColorsTuple = [
  '#e6e7eb',
  '#b4b7c0',
  '#9296a1',
  '#6d717d',
  '#3a3d47',
  '#2a2d35',
  '#1f2128',
  '#16181d',
  '#111317',
  '#0c0d10',
]

const gray: MantineColorsTuple = [
  '#fafafb',
  '#f4f4f6',
  '#ebebef',
  '#dfe0e5',
  '#cdced6',
  '#a9abb6',
  '#7d808c',
  '#5b5e69',
  '#3b3d45',
  '#1c1d22',
]

/** White words stand on it, dark enough to be read. */
const red: MantineColorsTuple = [
  '#fff5f5',
  '#fdebec',
  '#fbdcdd',
  '#f89294',
  '#f27173',
  '#e5484d',
  '#d13438',
  '#c62a2f',
  '#a4262c',
  '#7d1f23',
]

export const theme = createTheme({
  primaryColor: 'iris',
  primaryShade: { light: 7, dark: 6 },
  colors: { iris, dark, gray, red },
  black: '#1c1d22',
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, monospace",
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '22px' }, h2: { fontSize: '16px' }, h3: { fontSize: '14px' } },
  },
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '18px' },
  defaultRadius: 'md',
  radius: { sm: '5px', md: '7px', lg: '10px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Paper: Paper.extend({
      defaultProps: { withBorder: true, radius: 'lg' },
      styles: { root: { '--paper-border-color': 'var(--mantine-color-default-border)' } },
    }),
    Button: Button.extend({ defaultProps: { size: 'sm' }, styles: { label: { fontWeight: 500 } } }),
    Notification: Notification.extend({
      defaultProps: { closeButtonProps: { 'aria-label': say('Close') }, radius: 'lg', withBorder: true },
      styles: { description: { color: 'var(--mantine-color-text)' } },
    }),
    // By name: what is not on the first page need not be fetched for it.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Select: { defaultProps: { withScrollArea: false }, styles: { options: { maxHeight: 250, overflowY: 'auto' } } },
    Badge: Badge.extend({
      defaultProps: { variant: 'light', radius: 'sm' },
      styles: { root: { textTransform: 'none', fontWeight: 500 } },
    }),
    Tabs: Tabs.extend({
      defaultProps: { keepMounted: false },
      styles: {
        root: { '--tab-border-color': 'var(--mantine-color-default-border)', '--tabs-list-border-width': '1px' },
        tab: { fontWeight: 500, padding: '10px 12px' },
      },
    }),
    Tooltip: Tooltip.extend({
      defaultProps: { openDelay: 250, withinPortal: true, events: { hover: true, focus: true, touch: true } },
    }),
    SegmentedControl: SegmentedControl.extend({ defaultProps: { size: 'xs' } }),
  },
})

/** The few colours that Mantine has no word for; every component takes its colours from these or from Mantine's. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-red-6': '#a4262c',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': '#5f626d',
    '--mantine-color-default-border': '#e6e7ec',
    '--hg-canvas': '#fafafb',
    '--hg-hover': '#f4f4f7',
    '--hg-line': '#ebebef',
    '--hg-run-lightness': '0.58',
    '--hg-train': '#4f56c8',
    '--hg-validation': '#d9730d',
    '--hg-good': '#18794e',
    '--hg-bad': '#c62a2f',
    '--hg-busy': '#3b5bdb',
    '--hg-warn': '#946800',
    '--hg-idle': '#5f626d',
  },
  dark: {
    '--mantine-color-red-6': '#ff7b7b',
    '--mantine-color-red-filled': '#c62a2f',
    '--mantine-color-body': '#16181d',
    '--mantine-color-dimmed': '#9a9eaa',
    '--mantine-color-default-border': '#2a2d35',
    '--hg-canvas': '#0f1014',
    '--hg-hover': '#1d1f26',
    '--hg-line': '#24272e',
    '--hg-run-lightness': '0.76',
    '--hg-train': '#9399f2',
    '--hg-validation': '#f2a65a',
    '--hg-good': '#4cc38a',
    '--hg-bad': '#ff7b7b',
    '--hg-busy': '#8da2fb',
    '--hg-warn': '#f1c655',
    '--hg-idle': '#9a9eaa',
  },
})
