import '@mantine/charts/styles.css';
import { Sparkline } from '@mantine/charts';
import { Box, VisuallyHidden } from '@mantine/core';
import type { WebhookHealth } from '../api/views.js';
import { strings } from '../strings.js';

const HEIGHT = 32;

/** A webhook's last 24 hours: attempts an hour, and over them those that failed. */
export default function Trend({ health: { sparkline } }: { health: WebhookHealth }) {
  const sum = (of: 'succeeded' | 'failed') => sparkline.reduce((total, point) => total + point[of], 0);
  const most = Math.max(1, ...sparkline.map(({ succeeded, failed }) => succeeded + failed));
  const area = { isAnimationActive: false } as const;
  return (
    <Box pos="relative" h={HEIGHT}>
      <VisuallyHidden>{strings.webhooks.trend(sum('succeeded'), sum('failed'))}</VisuallyHidden>
      <div aria-hidden="true">
        <Sparkline
          h={HEIGHT}
          color="teal.7"
          fillOpacity={0.35}
          strokeWidth={1.5}
          areaProps={area}
          data={sparkline.map(({ succeeded, failed }) => succeeded + failed)}
        />
        {sum('failed') > 0 && (
          <Box pos="absolute" left={0} right={0} bottom={0} h={failureHeight(sparkline, most)}>
            <Sparkline
              h={failureHeight(sparkline, most)}
              color="red.7"
              fillOpacity={0.6}
              strokeWidth={1.5}
              areaProps={area}
              data={sparkline.map(({ failed }) => failed)}
            />
          </Box>
        )}
      </div>
    </Box>
  );
}

/** Both curves are drawn to one scale: a sparkline has no other than its own largest value. */
function failureHeight(sparkline: WebhookHealth['sparkline'], most: number): number {
  const mostFailed = Math.max(0, ...sparkline.map(({ failed }) => failed));
  return Math.max(3, Math.round((HEIGHT * mostFailed) / most));
}
