import { Center, Loader } from '@mantine/core';
import { strings } from '../strings.js';

export function Loading() {
  return (
    <Center mih={160} role="status" aria-label={strings.shell.loading}>
      <Loader />
    </Center>
  );
}
