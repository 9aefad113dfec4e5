import { Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { Clock } from '../host/clock.js';
import { askServer, type Engine, type ServerFindings } from './server-findings.js';

const NAMES: Record<Engine, string> = {
  sqlite: 'SQLite',
  mysql: 'MySQL',
  mariadb: 'MariaDB',
  oceanbase: 'OceanBase',
  tidb: 'TiDB',
  vitess: 'Vitess',
};

/** What was found, and when. */
export interface DatedFindings extends ServerFindings {
  /** UTC epoch milliseconds. */
  askedAt: number;
}

/** What the database server is and does: asked when the application starts, told in the log, kept for who asks. */
export class DatabaseServer implements OnApplicationBootstrap {
  private readonly logger = new Logger('Database');
  private findings: DatedFindings | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** A database that cannot be asked now does not keep the application from starting. */
  async onApplicationBootstrap(): Promise<void> {
    try {
      this.tell(await this.ask());
    } catch (error) {
      this.logger.warn(
        `The database cannot be asked now what it is; GET /admin/system asks again: ${(error as Error).message}`,
      );
    }
  }

  /** What was found at the start; where the server could not be asked then, it is asked now. @throws the driver's error */
  async read(): Promise<DatedFindings> {
    return this.findings ?? this.ask();
  }

  /** Asks the server, and keeps what was found. @throws the driver's error where it does not answer */
  async ask(): Promise<DatedFindings> {
    const findings = { ...(await askServer(this.dataSource)), askedAt: this.clock.now() };
    this.findings = findings;
    return findings;
  }

  private tell(findings: ServerFindings): void {
    const problems = listProblems(findings);
    const { lockedRows, unasked } = findings;
    const said = [
      `The database is ${NAMES[findings.engine]} ${findings.version}.`,
      ...(lockedRows === 'skipped' ? ['It skips rows that another transaction has locked.'] : []),
      ...(unasked === null ? [] : [unasked]),
      ...problems,
    ].join(' ');
    if (problems.length > 0) this.logger.warn(said);
    else this.logger.log(said);
  }
}

/** What does not work as it was asked for, in sentences. */
export function listProblems({ sessionProblem, lockedRows, sharedLocks }: ServerFindings): string[] {
  return [
    ...(sessionProblem === null
      ? []
      : [
          `A session does not keep its settings, ${sessionProblem}. If a pooler stands between, let it pool sessions.`,
        ]),
    ...(lockedRows === 'ignored'
      ? [
          'It reads rows that another transaction has locked: instances repeat work of each other, and send nothing twice.',
        ]
      : []),
    ...(lockedRows === 'awaited'
      ? ['It waits for rows that another transaction has locked: instances wait for each other.']
      : []),
    ...(sharedLocks === 'ignored'
      ? [
          'Its shared locks hold nobody: an event may miss a webhook that is made at the same moment, unless delivery.handOff is off.',
        ]
      : []),
  ];
}
