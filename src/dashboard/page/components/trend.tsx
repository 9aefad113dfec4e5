import '@mantine/charts/styles.css';
import { BarChart } from '@mantine/charts';
import { VisuallyHidden } from '@mantine/core';
import type { WebhookHealth } from '../api/views.js';
import { strings } from '../strings.js';
import { Drawing } from './drawing.js';

const HEIGHT = 34;

/** A webhook's last 24 hours: one bar an hour, what failed on top of what succeeded. */
export default function Trend({ health: { sparkline } }: { health: WebhookHealth }) {
  const sum = (of: 'succeeded' | 'failed') => sparkline.reduce((total, point) => total + point[of], 0);
  return (
    <>
      <VisuallyHidden>{strings.webhooks.trend(sum('succeeded'), sum('failed'))}</VisuallyHidden>
      <Drawing>
        <BarChart
          h={HEIGHT}
          data={sparkline}
          dataKey="at"
          type="stacked"
          withTooltip={false}
          withXAxis={false}
          withYAxis={false}
          gridAxis="none"
          barProps={{ isAnimationActive: false }}
          barChartProps={{ barCategoryGap: 1, accessibilityLayer: false, margin: { top: 0, bottom: 0 } }}
          series={[
            { name: 'succeeded', color: 'teal.7' },
            { name: 'failed', color: 'red.7' },
          ]}
        />
      </Drawing>
    </>
  );
}
