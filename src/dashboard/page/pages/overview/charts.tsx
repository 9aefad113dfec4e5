import '@mantine/charts/styles.css';
import { AreaChart, BarChart, LineChart } from '@mantine/charts';
import { Paper, SimpleGrid, Title, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Overview } from '../../api/views.js';
import { Drawing } from '../../components/drawing.js';
import { durationOrNone } from '../../format/durations.js';
import { percent, short, whole } from '../../format/numbers.js';
import { axisMark, axisMarks, axisTime } from '../../format/times.js';
import { strings } from '../../strings.js';

const HEIGHT = 240;
/** Below so many measured points a line is drawn with its points: one alone would not be seen. */
const FEW = 30;

/** The shown time, drawn. Loaded by itself: the figures above it do not wait for the charts' code. */
export default function Charts({ overview, hours }: { overview: Overview; hours: number }) {
  const words = strings.overview.charts;
  const { totals, stepMinutes } = overview;
  const step = words.perStep(stepMinutes);
  const data = overview.series.map((point) => ({
    time: axisTime(point.at, hours),
    [words.succeeded]: point.succeeded,
    [words.failed]: point.failed,
    [words.events]: point.events,
    [words.median]: point.p50Ms,
    [words.p95]: point.p95Ms,
    share: point.attempts === 0 ? null : 1 - point.attemptFailures / point.attempts,
  }));
  const withDots = overview.series.filter(({ p50Ms }) => p50Ms !== null).length < FEW;
  const ticks = axisMarks(
    overview.series.map(({ at }) => at),
    hours,
  );
  const common = {
    h: HEIGHT,
    data,
    dataKey: 'time',
    withLegend: true,
    tickLine: 'none',
    xAxisProps: {
      minTickGap: 20,
      interval: 'equidistantPreserveStart',
      tickFormatter: axisMark,
      ...(ticks && { ticks }),
    },
    // The curves would otherwise be redrawn from nothing with every update.
    tooltipAnimationDuration: 0,
  } as const;
  // Counts are bars: the step that has only begun is a short one, where a curve would fall.
  const counted = {
    valueFormatter: whole,
    yAxisProps: { tickFormatter: short, allowDecimals: false },
    barProps: { isAnimationActive: false },
  } as const;
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <Chart
        title={`${words.deliveries}, ${step}`}
        summary={words.summaryDeliveries(totals.succeeded, totals.failed)}
      >
        <BarChart
          {...common}
          {...counted}
          type="stacked"
          barChartProps={{ accessibilityLayer: false }}
          series={[
            { name: words.succeeded, color: 'teal.7' },
            { name: words.failed, color: 'red.7' },
          ]}
        />
      </Chart>
      <Chart
        title={words.latency}
        summary={words.summaryLatency(durationOrNone(totals.p50Ms), durationOrNone(totals.p95Ms))}
      >
        <LineChart
          {...common}
          valueFormatter={durationOrNone}
          yAxisProps={{ width: 70 }}
          withDots={withDots}
          curveType="linear"
          lineProps={{ isAnimationActive: false }}
          lineChartProps={{ accessibilityLayer: false }}
          series={[
            { name: words.median, color: 'indigo.5' },
            { name: words.p95, color: 'orange.6' },
          ]}
        />
      </Chart>
      <Chart title={`${words.events}, ${step}`} summary={words.summaryEvents(totals.events)}>
        <BarChart
          {...common}
          {...counted}
          withLegend={false}
          barChartProps={{ accessibilityLayer: false, margin: { top: 10 } }}
          series={[{ name: words.events, color: 'indigo.5' }]}
        />
      </Chart>
      <Chart title={words.success} summary={words.summarySuccess(totals.successShare)}>
        <AreaChart
          {...common}
          withLegend={false}
          areaChartProps={{ accessibilityLayer: false, margin: { top: 10 } }}
          valueFormatter={percent}
          yAxisProps={{ domain: [0, 1], width: 70 }}
          withDots={withDots}
          withGradient={false}
          curveType="linear"
          areaProps={{ isAnimationActive: false }}
          series={[{ name: 'share', label: words.share, color: 'teal.6' }]}
        />
      </Chart>
    </SimpleGrid>
  );
}

function Chart({ title, summary, children }: { title: string; summary: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Title order={2} size="h5" mb="sm">
        {title}
      </Title>
      <VisuallyHidden>{summary}</VisuallyHidden>
      <Drawing>{children}</Drawing>
    </Paper>
  );
}
