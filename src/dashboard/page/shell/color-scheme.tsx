import { Select, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { strings } from '../strings.js';

const SCHEMES: MantineColorScheme[] = ['auto', 'light', 'dark'];

/** Light, dark, or as the system has it. */
export function ColorScheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Select
      aria-label={strings.shell.colorScheme}
      size="xs"
      w={140}
      allowDeselect={false}
      data={SCHEMES.map((value) => ({ value, label: strings.shell.schemes[value] ?? value }))}
      value={colorScheme}
      onChange={(value) => setColorScheme((value ?? 'auto') as MantineColorScheme)}
    />
  );
}
