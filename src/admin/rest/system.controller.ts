import { Controller, Get } from '@nestjs/common';
import { type Caller, CurrentCaller } from '../../auth/caller.js';
import { RequiresScope } from '../../auth/scopes.js';
import { DatabaseServer, type DatedFindings, listProblems } from '../../database/database-server.js';
import { ReadReplica, type ReplicaState } from '../../database/read-replica.js';
import { ForbiddenError } from '../../http/envelope-error.js';

/** What this deployment runs on. */
interface SystemView {
  /** `sqlite`, `mysql`, `mariadb`, `oceanbase`, `tidb` or `vitess`. */
  engine: string;
  /** The database server's version, as it gives it. */
  version: string;
  session: {
    /** What a session has other than it was set to; null: nothing. */
    problem: string | null;
  };
  /** What happens at a row that another transaction has locked: `skipped`, `ignored`, `awaited`; null: not asked. */
  lockedRows: string | null;
  /** Whether shared locks hold others off: `held` or `ignored`; null: not asked. */
  sharedLocks: string | null;
  /** Why something could not be asked; null: it was, or there is nothing to ask. */
  unasked: string | null;
  /** What does not work as it was asked for, and what follows, in sentences. */
  problems: string[];
  askedAt: string;
  /** The read replica as it is now; null: there is none. */
  readReplica: ReplicaState | null;
}

/** Tells what the database server is and does, as it was found when this instance started, and how its replica is now. */
@Controller('admin/system')
export class SystemController {
  constructor(
    private readonly server: DatabaseServer,
    private readonly replica: ReadReplica,
  ) {}

  /** @throws {ForbiddenError} for the token of a tenant: the server is everyone's */
  @Get()
  @RequiresScope('metrics:read')
  async read(@CurrentCaller() { tenant }: Caller): Promise<{ data: SystemView }> {
    if (tenant !== null) {
      throw new ForbiddenError('The system is everyone’s: a token of one tenant cannot read about it.');
    }
    return { data: toSystemView(await this.server.read(), this.replica.state) };
  }
}

function toSystemView(findings: DatedFindings, readReplica: ReplicaState | null): SystemView {
  const { engine, version, sessionProblem, lockedRows, sharedLocks, unasked, askedAt } = findings;
  return {
    engine,
    version,
    session: { problem: sessionProblem },
    lockedRows,
    sharedLocks,
    unasked,
    problems: listProblems(findings),
    askedAt: new Date(askedAt).toISOString(),
    readReplica,
  };
}
