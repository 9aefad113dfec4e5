/** What each fault means, as the report says it. */
const MEANINGS = {
  lost: 'acknowledged changes that a subscribed webhook never accepted',
  undelivered: 'recorded events that a subscribed webhook never accepted',
  rolledBack: 'events received that the history does not have',
  refused: 'changes received that were refused',
  unknownToAll: 'events received of changes that nobody made',
  misdirected: 'events received that were not subscribed to',
  changedBody: 'events whose repeats had another body',
  recordedTwice: 'changes that came as two events',
  stuck: 'deliveries still pending',
  failed: 'deliveries that ended failed',
  vanished: 'acknowledged entries that are gone',
  untold: 'entries that stand as nobody was told',
  toldInVain: 'entries whose creation was told and that are not there',
  toldTooSoon: 'entries whose end was told and that are there',
  outOfOrder: 'pairs of changes of one entry that an ordered webhook got the wrong way round',
  unexplainedDuplicate: 'duplicates that no blow explains',
  misanswered: 'requests answered well that had to be refused',
  crashed: 'instances that ended by themselves',
};

const EXAMPLES = 3;

/** The report as text. */
export function reportText({ options, judgement, webhooks, answers, seconds }) {
  const { figures, faults, blows, passed } = judgement;
  const always = ['kill', 'database-kill', 'stop', 'term'];
  const others = new Set(blows.map(({ kind }) => kind).filter((kind) => !always.includes(kind)));
  const kinds = [...always, ...others].map(
    (kind) => `${number(blows.filter((blow) => blow.kind === kind).length)} ${kind}s`,
  );
  return [
    '',
    `Changes: ${number(figures.acknowledged)} acknowledged, ${number(figures.refused)} refused, ` +
      `${number(figures.unknown)} without an answer that could be relied on ` +
      `(${number(figures.unknownThatHappened)} of them happened, ${number(figures.deniedThatHappened)} of which were ` +
      `answered 503). Events recorded: ${number(figures.events)}` +
      `${figures.handedOff === null ? '' : `, ${number(figures.handedOff)} of them to be sent from memory`}.`,
    `Answers: ${[...answers].map(([status, count]) => `${number(count)} × ${status}`).join(', ')}.`,
    `Blows: ${kinds.join(', ')}, with ${options.instances} instances on ${options.engine ?? 'the machine’s server'}` +
      `${options.beside === null ? '' : ', every second one of another release'}; ` +
      `${number(figures.failedStarts)} starts failed because the database was away.`,
    '',
    row(['webhook', 'requests', 'accepted', 'events', 'repeats']),
    ...webhooks.map(({ name, requests, accepted, received }) =>
      row([name, requests, accepted, received.size, requests - received.size]),
    ),
    '',
    `Duplicates (accepted more than once): ${number(figures.duplicates)}; ` +
      `the blows can explain ${number(figures.duplicatesAtMost)} at the most. The worst blow made ` +
      `${number(figures.mostAtOneBlow)}; the oldest had been answered ${number(figures.longestUnrecordedMs)} ms before it.`,
    '',
    ...Object.entries(MEANINGS).map(([name, meaning]) => {
      const { length } = faults[name];
      return `${length === 0 ? '  ✓' : '  ✗'} ${String(length).padStart(6)} ${meaning}`;
    }),
    ...Object.entries(faults).flatMap(([name, found]) =>
      found.slice(0, EXAMPLES).map((one) => `    ${name}: ${JSON.stringify(one)}`),
    ),
    '',
    `Chaos ${passed ? 'passed' : 'FAILED'} in ${number(seconds)} s. Seed: ${options.seed}`,
  ].join('\n');
}

/** The report for machines. */
export function reportJson({ options, judgement, webhooks, answers, seconds }) {
  return {
    passed: judgement.passed,
    seconds,
    options,
    figures: judgement.figures,
    faults: Object.fromEntries(
      Object.entries(judgement.faults).map(([name, found]) => [
        name,
        { count: found.length, examples: found.slice(0, 20) },
      ]),
    ),
    webhooks: webhooks.map(({ name, events, requests, accepted, received }) => ({
      name,
      subscribedTo: events,
      requests,
      accepted,
      events: received.size,
    })),
    answers: Object.fromEntries(answers),
    blows: judgement.blows,
  };
}

function row(cells) {
  return cells
    .map((cell, i) =>
      i === 0 ? String(cell).padEnd(12) : (Number.isFinite(cell) ? number(cell) : cell).padStart(10),
    )
    .join('');
}

function number(value) {
  return Math.round(value).toLocaleString('en');
}
