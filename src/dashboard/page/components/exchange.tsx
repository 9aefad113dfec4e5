import { Alert, Code, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { Attempt } from '../api/views.js';
import { strings } from '../strings.js';
import { BodyView } from './body-view.js';
import { HeaderTable } from './header-table.js';
import { StatusCode } from './status-code.js';

/** What was sent in an attempt and what came back, side by side. */
export function Exchange({ attempt, body }: { attempt: Attempt; body: string | null }) {
  const words = strings.delivery;
  const request = words.requestOf(attempt.number);
  const response = words.responseOf(attempt.number);
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <Paper withBorder p="md" component="section" aria-label={request}>
        <Stack gap="sm">
          <Title order={3} size="h5">
            {words.request}
          </Title>
          <Code block className="wire">{`POST ${attempt.url}`}</Code>
          <div>
            <HeaderTable of={request} headers={attempt.requestHeaders} />
            <Text size="xs" c="dimmed" mt={4}>
              {words.signatureHint}
            </Text>
          </div>
          <div>
            {body === null ? (
              <Text size="sm">{words.bodyRemoved}</Text>
            ) : (
              <BodyView of={request} body={body} />
            )}
          </div>
        </Stack>
      </Paper>
      <Paper withBorder p="md" component="section" aria-label={response}>
        <Stack gap="sm">
          <Title order={3} size="h5">
            {words.response}
          </Title>
          {attempt.error && (
            <Alert color="red" variant="outline">
              {attempt.error}
            </Alert>
          )}
          {attempt.statusCode === null ? (
            <Text size="sm">{words.noResponse}</Text>
          ) : (
            <>
              <StatusCode status={attempt.statusCode} />
              <div>
                <HeaderTable of={response} headers={attempt.responseHeaders ?? {}} />
              </div>
              <div>
                {attempt.responseBody ? (
                  <BodyView
                    of={response}
                    body={attempt.responseBody}
                    isTruncated={attempt.responseTruncated}
                  />
                ) : (
                  <Text size="sm" c="dimmed">
                    {words.noBody}
                  </Text>
                )}
              </div>
            </>
          )}
        </Stack>
      </Paper>
    </SimpleGrid>
  );
}
