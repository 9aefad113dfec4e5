import { Alert, Badge, createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';
import { pageSettings } from './page-settings.js';

const { primary } = pageSettings.brand?.colors ?? {};

/** Ten shades of a colour, light to dark; the eighth, which buttons have, is the colour itself. */
function shadesOf(hex: string): MantineColorsTuple {
  const parts = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  const mix = (share: number, towards: number) =>
    `#${parts
      .map((part) =>
        Math.round(part + (towards - part) * share)
          .toString(16)
          .padStart(2, '0'),
      )
      .join('')}`;
  const lighter = [0.94, 0.86, 0.72, 0.57, 0.43, 0.28, 0.14].map((share) => mix(share, 255));
  return [...lighter, hex, mix(0.15, 0), mix(0.3, 0)] as unknown as MantineColorsTuple;
}

/** The library's own look; fonts are those of the system, so that nothing is fetched from elsewhere. */
export const theme = createTheme({
  primaryColor: primary === undefined ? 'indigo' : 'brand',
  colors: primary === undefined ? {} : { brand: shadesOf(primary) },
  primaryShade: 7,
  autoContrast: true,
  luminanceThreshold: 0.35,
  defaultRadius: 'sm',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  respectReducedMotion: true,
  components: {
    // A state is a word: where there is little room the table scrolls.
    Badge: Badge.extend({ styles: { root: { minWidth: 'max-content' } } }),
    // The border carries the colour; words are read in the text's own.
    Alert: Alert.extend({ styles: { title: { color: 'var(--mantine-color-text)' } } }),
  },
});

/** Greys and reds that are lighter by default than small text may be (WCAG 1.4.3). */
export const cssVariables: CSSVariablesResolver = (theme) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': theme.colors.gray[7],
    '--mantine-color-placeholder': theme.colors.gray[7],
    '--mantine-color-error': theme.colors.red[8],
    '--mantine-color-anchor': theme.colors[theme.primaryColor]?.[7] ?? theme.colors.indigo[7],
  },
  dark: {
    '--mantine-color-dimmed': theme.colors.dark[1],
    '--mantine-color-placeholder': theme.colors.dark[2],
    '--mantine-color-error': theme.colors.red[4],
    '--mantine-color-anchor': theme.colors[theme.primaryColor]?.[3] ?? theme.colors.indigo[3],
  },
});
