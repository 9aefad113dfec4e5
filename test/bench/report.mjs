import { GOALS, OLD } from './catalogue.mjs';
import { median } from './statistics.mjs';

/**
 * What the runs of all rows come to.
 *
 * @param {{row: object, round: number, group: number, result: {value: number}}[]} runs
 */
export function summarise(runs) {
  const rows = new Map();
  for (const { row, result } of runs) {
    const { id, name, what, unit, how } = row;
    if (!rows.has(id)) rows.set(id, { id, name, what, unit, how, runs: [] });
    rows.get(id).runs.push(result);
  }
  for (const row of rows.values()) row.value = median(row.runs.map(({ value }) => value));
  const goals = GOALS.flatMap((goal) => {
    const value = goal.over
      ? ratio(runs, goal.row, goal.over === OLD ? `${goal.row}-${OLD}` : goal.over, goal.of, goal.of)
      : medianOf(rows.get(goal.row), goal.of);
    return value === undefined ? [] : [{ ...goal, value, verdict: verdictOn(goal, value) }];
  });
  return { rows: [...rows.values()], goals, besideEnqueueing: besideEnqueueing(runs) };
}

const valueOf = (result) => result.value;

function medianOf(row, of = valueOf) {
  const figures = (row?.runs ?? []).map(of).filter((figure) => figure !== undefined);
  return figures.length === 0 ? undefined : median(figures);
}

/** The median of the ratios within each round: neighbours in time met the same machine. */
function ratio(runs, over, under, ofUnder = valueOf, ofOver = valueOf) {
  const ratios = runs
    .filter(({ row }) => row.id === over)
    .flatMap((one) => {
      const partner = runs.find(
        ({ row, round, group }) => row.id === under && round === one.round && group === one.group,
      );
      return partner ? [ofOver(one.result) / ofUnder(partner.result)] : [];
    });
  return ratios.length === 0 ? undefined : median(ratios);
}

function besideEnqueueing(runs) {
  return ratio(runs, 'b', 'c', ({ withEnqueueing }) => withEnqueueing);
}

function verdictOn({ least, aim, below }, value) {
  const meets = (goal) => goal !== undefined && (below ? value <= goal : value >= goal);
  if (least === undefined) return '';
  return meets(aim) ? 'aim met' : meets(least) ? 'met' : 'missed';
}

/** The figures as a table in Markdown, with the machine and how each row is taken. */
export function markdown({ machine, database, redis, options, rows, goals, besideEnqueueing, leftOut }) {
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGB} GB, ${machine.system}, Node ${machine.node}` +
      (database ? `, ${database.version}` : '') +
      (redis ? `, Redis ${redis}` : ''),
    '',
    ...(database ? [`Database settings: ${settingsOf(database.settings)}`, ''] : []),
    '| row | what | value | ratio | at least | aim | |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.flatMap((row) => tableLines(row, goals)),
    '',
    `Drains of ${options.events.toLocaleString('en')} deliveries, medians of ${options.repeat} rounds; ratios are medians of the rounds' own.`,
    ...(besideEnqueueing
      ? [`With the time of enqueueing counted to c, b / c is ${shown(besideEnqueueing, '')}.`]
      : []),
    ...leftOut.map((one) => `Left out: ${one}`),
    '',
    'How each row is taken:',
    ...rows.filter(({ id }) => !id.endsWith(OLD)).map(({ name, how }) => `- ${name}: ${how}.`),
  ];
  return lines.join('\n');
}

function tableLines({ id, name, what, unit, value }, goals) {
  const own = goals.filter(({ row }) => row === id);
  const cells = own.length === 0 ? [{}] : own;
  return cells.map((goal, n) => {
    const { least, aim, below, verdict = '' } = goal;
    const first = n === 0 ? [`${name} (${id})`, what, shown(value, unit)] : ['', '', ''];
    const ratioCell = goal.row ? ratioOf(goal, id) : '';
    const unitOfGoal = goal.over || goal.of ? '' : unit;
    const bound = (number) =>
      number === undefined ? '' : `${below ? '≤ ' : ''}${number.toLocaleString('en')}${unitOfGoal}`;
    return `| ${[...first, ratioCell, bound(least), bound(aim), verdict].join(' | ')} |`;
  });
}

/** A ratio, or a figure beside the row's value. */
function ratioOf({ over, what = '', value }, id) {
  const figure = shown(value, '');
  if (!over) return what && `${what}: ${figure}`;
  return `${what && `${what}: `}${id} / ${over} = ${figure}`;
}

/** A figure with as many digits as it deserves. */
export function shown(value, unit) {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }) + unit;
}

/** One run in a line, for whoever watches. */
export function lineOf({ id, name, unit }, round, result) {
  const cpu = Object.entries(result.cpuMicros ?? {}).map(
    ([name, micros]) => `${name} ${Math.round(micros)} µs`,
  );
  const more = [
    ...(cpu.length > 0 ? [`CPU each: ${cpu.join(', ')}`] : []),
    ...(result.statements
      ? [`statements each: ${result.statements.Questions}, commits: ${result.statements.Com_commit}`]
      : []),
    ...(result.answerMs
      ? [
          `p95 of the answer ${shown(result.answerMs.p95, ' ms')}, to receipt ${shown(result.fromRequestMs.p95, ' ms')}`,
        ]
      : []),
    ...(result.tables ? [`by table: ${JSON.stringify(result.tables)}`] : []),
    ...(result.longestGapMs
      ? [
          `p99 ${shown(result.beside.p99Ms, ' ms')} beside, ${shown(result.calm.p99Ms, ' ms')} calm`,
          `longest gap ${Math.round(result.longestGapMs)} ms (calm ${Math.round(result.calm.longestGapMs)})`,
        ]
      : []),
    ...(result.missing ? [`${result.missing} missing`] : []),
    ...(result.duplicates ? [`${result.duplicates} duplicates`] : []),
    ...(result.complaints?.length ? [`complained: ${result.complaints[0].slice(0, 200)}`] : []),
  ];
  return `${name} (${id}, ${round}): ${shown(result.value, unit)}${more.length > 0 ? `; ${more.join('; ')}` : ''}`;
}

function settingsOf(settings) {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}
