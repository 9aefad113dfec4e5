import { Badge, Tooltip } from '@mantine/core';
import { useStreamState } from '../live/live-updates.js';
import { strings } from '../strings.js';

const COLORS = { connecting: 'gray.7', live: 'teal.9', waiting: 'orange.9', off: 'gray.7' } as const;

/** Whether what is shown follows what happens. */
export function LiveBadge() {
  const state = useStreamState();
  return (
    <Tooltip label={strings.shell.streamHint[state]} multiline maw={300}>
      <Badge variant="dot" color={COLORS[state]} role="status" tt="none" tabIndex={0}>
        {strings.shell.stream[state]}
      </Badge>
    </Tooltip>
  );
}
