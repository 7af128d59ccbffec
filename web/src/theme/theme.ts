import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

/** The one accent. Shade 6 carries white text (5.9:1), shade 7 is a link on white (7.2:1), shade 3 a link on dark (8.6:1). */
const accent: MantineColorsTuple = [
  '#edf1ff',
  '#d8e0fd',
  '#b3c2fb',
  '#93a9fb',
  '#7390f8',
  '#5776f2',
  '#3f5fe3',
  '#3350c4',
  '#2a429f',
  '#23367f',
]

/** Neutral with a breath of blue: 0 is text, 7 the page, 6 what lies on it. */
const dark: MantineColorsTuple = [
  '#dde3ea',
  '#bcc6d1',
  '#9ba7b4',
  '#808d9b',
  '#3a434e',
  '#2a323b',
  '#1a2027',
  '#11151a',
  '#0c0f13',
  '#080a0d',
]

export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 6 },
  colors: { accent, dark },
  fontFamily: 'Inter, "Segoe UI", system-ui, -apple-system, Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "JetBrains Mono", "Cascadia Mono", Menlo, Consolas, monospace',
  defaultRadius: 'sm',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  spacing: { xs: '0.375rem', sm: '0.625rem', md: '0.875rem', lg: '1.25rem', xl: '2rem' },
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '1.25rem' }, h2: { fontSize: '1rem' } } },
  cursorType: 'pointer',
})

/** Names of our own for what every page uses; the charts read them from the page too. */
export const resolveVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--v-page': '#f4f6f8',
    '--v-surface': '#ffffff',
    '--v-raised': '#ffffff',
    '--v-line': '#dfe4ea',
    '--v-grid': '#e9edf1',
    '--v-text': '#1b222b',
    '--v-dim': '#566272',
    '--v-accent': '#3350c4',
    '--v-good': '#1a7a3c',
    '--v-warn': '#8f5a00',
    '--v-bad': '#c02b2b',
    '--v-hover': '#eef1f5',
    '--mantine-color-text': '#1b222b',
    '--mantine-color-dimmed': '#566272',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-anchor': '#3350c4',
    '--mantine-color-default-border': '#cfd6de',
    '--mantine-color-placeholder': '#66727f',
    '--mantine-color-error': '#c02b2b',
  },
  dark: {
    '--v-page': '#0e1216',
    '--v-surface': '#151a20',
    '--v-raised': '#1c232b',
    '--v-line': '#28303a',
    '--v-grid': '#20272f',
    '--v-text': '#dde3ea',
    '--v-dim': '#9ba7b4',
    '--v-accent': '#93a9fb',
    '--v-good': '#5fcb83',
    '--v-warn': '#e2b04a',
    '--v-bad': '#ff8080',
    '--v-hover': '#1e252d',
    '--mantine-color-text': '#dde3ea',
    '--mantine-color-dimmed': '#9ba7b4',
    '--mantine-color-body': '#151a20',
    '--mantine-color-anchor': '#93a9fb',
    '--mantine-color-default': '#1c232b',
    '--mantine-color-default-hover': '#242c35',
    '--mantine-color-default-border': '#36404b',
    '--mantine-color-placeholder': '#8a96a3',
    '--mantine-color-error': '#ff8080',
  },
})
