import { Alert, Button, Group, List, Text } from '@mantine/core';
import { ApiError, messageOf } from '../api/api-error.js';
import { strings } from '../strings.js';

/** What went wrong, in the API's own words, and what to do about it. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const status = error instanceof ApiError ? error.status : -1;
  const faults = error instanceof ApiError ? error.faults : [];
  const hint = status === 403 ? strings.errors.forbidden : status === 404 ? strings.errors.notFound : null;
  return (
    <Alert color="red" variant="outline" title={strings.errors.title(status)} role="alert">
      <Text size="sm">{messageOf(error)}</Text>
      {faults.length > 1 && (
        <List size="sm" mt="xs">
          {faults.map(({ path, message }) => (
            <List.Item key={`${path.join('.')} ${message}`}>{message}</List.Item>
          ))}
        </List>
      )}
      {hint && <Text size="sm">{hint}</Text>}
      {retry && (
        <Group mt="sm">
          <Button size="xs" variant="default" onClick={retry}>
            {strings.errors.tryAgain}
          </Button>
        </Group>
      )}
    </Alert>
  );
}
