import { Center, EmptyState } from '@mantine/core';
import { strings } from '../strings.js';

/** Where the application around us knows nobody. */
export function HostSignIn() {
  const { hostTitle, hostHint } = strings.shell.signIn;
  return (
    <Center component="main" mih="100vh" p="md">
      <EmptyState title={hostTitle} description={hostHint} />
    </Center>
  );
}
