import { Alert, DataList, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { systemQuery } from '../../api/system.js';
import type { System } from '../../api/views.js';
import { Card } from '../../components/card.js';
import { Fact } from '../../components/fact.js';
import { PageTitle } from '../../components/page-title.js';
import { Queried } from '../../components/queried.js';
import { fullTime } from '../../format/times.js';
import { strings } from '../../strings.js';

/** What this deployment runs on. */
export default function SystemPage() {
  const system = useQuery(systemQuery);
  return (
    <>
      <PageTitle title={strings.system.title} />
      <Queried query={system}>{(data) => <Database system={data} />}</Queried>
    </>
  );
}

function Database({ system }: { system: System }) {
  const words = strings.system;
  const { engine, version, session, lockedRows, sharedLocks, unasked, problems, askedAt, readReplica } =
    system;
  const without = engine === 'sqlite' ? words.noLocks : words.notAsked;
  return (
    <Stack>
      {problems.length > 0 && (
        <Alert color="orange" title={words.problems}>
          {problems.map((problem) => (
            <Text key={problem} size="sm">
              {problem}
            </Text>
          ))}
        </Alert>
      )}
      <Card title={words.database}>
        <DataList labelWidth={180} gap="xs">
          <Fact name={words.engine}>
            {words.engines[engine] ?? engine} {version}
          </Fact>
          <Fact name={words.session}>{session.problem ?? words.sessionKept}</Fact>
          <Fact name={words.lockedRows}>{words.locked[lockedRows ?? ''] ?? without}</Fact>
          <Fact name={words.sharedLocks}>{words.shared[sharedLocks ?? ''] ?? without}</Fact>
          {readReplica !== null && (
            <Fact name={words.replica}>
              {readReplica.isUsed
                ? words.replicaUsed(readReplica.secondsBehind)
                : words.replicaUnused(readReplica.problem)}
            </Fact>
          )}
          <Fact name={words.asked}>{fullTime(askedAt)}</Fact>
        </DataList>
        {unasked !== null && <Text size="sm">{unasked}</Text>}
      </Card>
    </Stack>
  );
}
