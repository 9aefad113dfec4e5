import { Injectable } from '@nestjs/common';
import { type DataSource, LessThan } from 'typeorm';
import { resolveTenant, restrictToTenant, type Viewer } from '../../auth/tenancy.js';
import { NotFoundError, RequestValidationError } from '../../http/envelope-error.js';
import { type CursorPage, readCursor, readLimit, toCursorPage } from '../../http/pagination.js';
import { Clock } from '../../host/clock.js';
import { TimeOrderedIds } from '../../host/time-ordered-ids.js';
import { InjectDatabase } from '../../host/tokens.js';
import { type ErasureCriteria, ErasureEntity } from '../model/erasure.entity.js';
import { ErasureRunner } from './erasure-runner.js';
import { type ErasureView, toErasureView } from './erasure-view.js';

/** Starts erasures and tells how far they have come. Each is a row; {@link ErasureRunner} works through it. */
@Injectable()
export class Erasures {
  constructor(
    @InjectDatabase() private readonly dataSource: DataSource,
    private readonly runner: ErasureRunner,
    private readonly clock: Clock,
    private readonly ids: TimeOrderedIds,
  ) {}

  /**
   * Starts to erase the data of the events that were recorded until now and match all criteria. A viewer with a tenant
   * erases that tenant's alone.
   *
   * @throws {RequestValidationError} without any criterion
   * @throws {ForbiddenError} for a tenant that is not the viewer's
   */
  async start(asked: ErasureCriteria, viewer: Viewer): Promise<{ id: string }> {
    if (Object.values(asked).every((value) => value === undefined)) {
      throw RequestValidationError.at(
        [],
        'Name what is to be erased: at least one of key, model, tenant, contains',
      );
    }
    const { key, model, contains } = asked;
    const tenant = resolveTenant(asked.tenant, viewer, null);
    const id = this.ids.next();
    const now = this.clock.now();
    await this.dataSource.manager.insert(ErasureEntity, {
      id,
      tenant: viewer,
      criteria: {
        ...(key === undefined ? {} : { key }),
        ...(model === undefined ? {} : { model }),
        ...(tenant === null ? {} : { tenant }),
        ...(contains === undefined ? {} : { contains }),
      },
      state: 'running',
      phase: 'events',
      cursor: '',
      events: 0,
      deliveries: 0,
      attempts: 0,
      archived: 0,
      heldObjects: [],
      dueAt: now,
      settledAt: now,
      createdAt: now,
      finishedAt: null,
    });
    this.runner.notify();
    return { id };
  }

  /** @throws {NotFoundError} `erasure.notFound`, also for one that another tenant's token started */
  async find(id: string, viewer: Viewer): Promise<ErasureView> {
    const where = { id, ...restrictToTenant(viewer) };
    const erasure = await this.dataSource.manager.findOneBy(ErasureEntity, where);
    if (!erasure) throw new NotFoundError('erasure.notFound');
    return toErasureView(erasure);
  }

  /** Lists erasures, newest first. @throws {RequestValidationError} for a malformed cursor or limit */
  async list(page: { limit?: string; cursor?: string }, viewer: Viewer): Promise<CursorPage<ErasureView>> {
    const limit = readLimit(page.limit);
    const cursor = readCursor(page.cursor);
    const rows = await this.dataSource.manager.find(ErasureEntity, {
      where: { ...restrictToTenant(viewer), ...(cursor === undefined ? {} : { id: LessThan(cursor) }) },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    return toCursorPage(rows, limit, toErasureView);
  }
}
