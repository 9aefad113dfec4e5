import { Button, Paper, SegmentedControl, SimpleGrid, Skeleton, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Link, useSearchParams } from 'wouter';
import { type DatedOverview, overviewQuery } from '../../api/overview.js';
import { Behind } from '../../components/behind.js';
import { PageTitle } from '../../components/page-title.js';
import { Queried } from '../../components/queried.js';
import { Teaching } from '../../components/teaching.js';
import { useAllowed } from '../../session/session.js';
import { strings } from '../../strings.js';
import { Attention } from './attention.js';
import { SendingSwitch } from './sending-switch.js';
import { Totals } from './totals.js';
import { WorstWebhooks } from './worst-webhooks.js';

const Charts = lazy(() => import('./charts.js'));

const RANGES = ['1', '6', '24', '168'];

/** How sending has been going as a whole. */
export default function OverviewPage() {
  const words = strings.overview;
  const [search, setSearch] = useSearchParams();
  const asked = search.get('hours') ?? '24';
  const hours = RANGES.includes(asked) ? asked : '24';
  const overview = useQuery(overviewQuery(Number(hours)));
  return (
    <>
      <PageTitle title={words.title}>
        <SegmentedControl
          aria-label={words.range}
          size="xs"
          data={RANGES.map((value) => ({ value, label: words.ranges[value] ?? value }))}
          value={hours}
          onChange={(value) => setSearch({ hours: value }, { replace: true })}
        />
        {overview.data && <SendingSwitch paused={overview.data.sendingPaused} />}
      </PageTitle>
      <Queried query={overview}>{(data) => <Content overview={data} hours={Number(hours)} />}</Queried>
    </>
  );
}

function Content({ overview, hours }: { overview: DatedOverview; hours: number }) {
  const words = strings.overview;
  const allowed = useAllowed();
  const { totals, backlog } = overview;
  const isEmpty = totals.events + totals.deliveries + totals.attempts + backlog.pending === 0;
  return (
    <Stack>
      <Attention overview={overview} />
      <Totals overview={overview} />
      {isEmpty ? (
        <Teaching title={words.empty.title} text={words.empty.text} commands={[words.empty.curl]}>
          {allowed('webhooks:create') && (
            <Button component={Link} href="/webhooks/new">
              {words.empty.create}
            </Button>
          )}
        </Teaching>
      ) : (
        <>
          <Suspense fallback={<ChartsToCome />}>
            <Charts overview={overview} hours={hours} />
          </Suspense>
          <WorstWebhooks webhooks={overview.webhooks} />
          <Behind seconds={overview.secondsBehind} />
        </>
      )}
    </Stack>
  );
}

function ChartsToCome() {
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      {['deliveries', 'events', 'latency', 'success'].map((name) => (
        <Paper key={name} withBorder p="md">
          <Skeleton h={240} />
        </Paper>
      ))}
    </SimpleGrid>
  );
}
