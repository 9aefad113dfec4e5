import { Alert, Anchor, List, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { Overview } from '../../api/views.js';
import { strings } from '../../strings.js';

type AttentionProps = {
  overview: Pick<Overview, 'sendingPaused' | 'recordingClosedBy' | 'problems' | 'suspendedFilters'>;
};

/** What a person on call must see before any figure; nothing where all is well. */
export function Attention({ overview }: AttentionProps) {
  const { sending, attention: words } = strings.overview;
  const { sendingPaused, recordingClosedBy, problems, suspendedFilters } = overview;
  return (
    <>
      {recordingClosedBy !== null && (
        <Alert color="red" variant="outline" title={words.closedTitle}>
          {words.closedBy[recordingClosedBy] ?? recordingClosedBy} {words.closed}
        </Alert>
      )}
      {problems.length > 0 && (
        <Alert color="red" variant="outline" title={words.problemsTitle}>
          <Text size="sm">{words.problems}</Text>
          <List size="sm" mt={4}>
            {problems.map((problem) => (
              <List.Item key={problem}>{problem}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      {sendingPaused && (
        <Alert color="orange" variant="outline" title={sending.pausedTitle}>
          {sending.paused}
        </Alert>
      )}
      {suspendedFilters.length > 0 && (
        <Alert color="orange" variant="outline" title={words.suspendedTitle(suspendedFilters.length)}>
          <Text size="sm">{words.suspended(suspendedFilters.length)}</Text>
          <List size="sm" mt={4}>
            {suspendedFilters.map(({ id, name }) => (
              <List.Item key={id}>
                <Anchor component={Link} href={`/webhooks/${id}`} size="sm">
                  {name}
                </Anchor>
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
    </>
  );
}
