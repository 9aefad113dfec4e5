import { type MantineColorScheme, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { strings } from '../strings.js';

const SCHEMES: MantineColorScheme[] = ['light', 'dark', 'auto'];

/** Light, dark, or as the system has it. */
export function ColorScheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      aria-label={strings.shell.colorScheme}
      size="xs"
      fullWidth
      data={SCHEMES.map((value) => ({ value, label: strings.shell.schemes[value] ?? value }))}
      value={colorScheme}
      onChange={(value) => setColorScheme(value as MantineColorScheme)}
    />
  );
}
