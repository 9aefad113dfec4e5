import { Alert, Code, SimpleGrid, Text } from '@mantine/core';
import type { Attempt } from '../api/views.js';
import { strings } from '../strings.js';
import { BodyView } from './body-view.js';
import { Card } from './card.js';
import { HeaderTable } from './header-table.js';
import { StatusCode } from './status-code.js';

/** What was sent in an attempt and what came back, side by side. */
export function Exchange({ attempt, body }: { attempt: Attempt; body: string | null }) {
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <Sent
        of={strings.delivery.requestOf(attempt.number)}
        url={attempt.url}
        headers={attempt.requestHeaders}
        body={body}
      />
      <CameBack of={strings.delivery.responseOf(attempt.number)} attempt={attempt} />
    </SimpleGrid>
  );
}

interface SentProps {
  of: string;
  url: string;
  headers: Record<string, string>;
  body: string | null;
}

/** A request, as it was or will be sent. */
export function Sent({ of, url, headers, body }: SentProps) {
  const words = strings.delivery;
  return (
    <Card label={of} title={words.request}>
      <Code block className="wire">{`POST ${url}`}</Code>
      <div>
        <HeaderTable of={of} headers={headers} />
        <Text size="xs" c="dimmed" mt={4}>
          {words.signatureHint}
        </Text>
      </div>
      <div>
        {body === null ? <Text size="sm">{words.bodyRemoved}</Text> : <BodyView of={of} body={body} />}
      </div>
    </Card>
  );
}

function CameBack({ of, attempt }: { of: string; attempt: Attempt }) {
  const words = strings.delivery;
  const { statusCode, error, responseHeaders, responseBody, responseTruncated } = attempt;
  return (
    <Card label={of} title={words.response}>
      {error && (
        <Alert color="red" variant="outline">
          {error}
        </Alert>
      )}
      {statusCode === null ? (
        <Text size="sm">{words.noResponse}</Text>
      ) : (
        <>
          <StatusCode status={statusCode} />
          <div>
            <HeaderTable of={of} headers={responseHeaders ?? {}} />
          </div>
          <div>
            {responseBody ? (
              <BodyView of={of} body={responseBody} isTruncated={responseTruncated} />
            ) : (
              <Text size="sm" c="dimmed">
                {words.noBody}
              </Text>
            )}
          </div>
        </>
      )}
    </Card>
  );
}
