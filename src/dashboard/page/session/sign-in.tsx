import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';
import { ApiError, messageOf } from '../api/api-error.js';
import { strings } from '../strings.js';

interface Props {
  /** Why this is shown to someone who was signed in. */
  notice: string | null;
  signIn: (token: string) => Promise<void>;
}

/** Asks for an admin token. */
export function SignIn({ notice, signIn }: Props) {
  const words = strings.shell.signIn;
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (token.trim() === '') {
      setProblem(words.missing);
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      await signIn(token.trim());
    } catch (error) {
      setProblem(error instanceof ApiError && error.status === 401 ? words.refused : messageOf(error));
      setBusy(false);
    }
  };
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder p="xl" w="100%" maw={440} component="form" onSubmit={(event) => void submit(event)}>
        <Stack>
          <Title order={1} size="h3">
            {words.title}
          </Title>
          {notice && (
            <Alert color="yellow" role="status">
              {notice}
            </Alert>
          )}
          <PasswordInput
            label={words.token}
            description={words.hint}
            error={problem}
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
            // Nothing else is on this page.
            // oxlint-disable-next-line jsx-a11y/no-autofocus
            autoFocus
          />
          <Button type="submit" loading={busy}>
            {words.submit}
          </Button>
          <Text size="sm" c="dimmed">
            {words.where}
          </Text>
        </Stack>
      </Paper>
    </Center>
  );
}
