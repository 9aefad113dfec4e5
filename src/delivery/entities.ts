import type { EntitySchema } from 'typeorm';
import { clockSchema } from '../database/clock-steps.entity.js';
import { changeEntity } from './model/change.entity.js';
import { erasureSchema } from './model/erasure.entity.js';
import { modelEntities } from './model/delivery-entities.js';
import { requestSchema } from './model/request.entity.js';
import { recoverySchema } from './model/recovery.entity.js';
import { rollupEntities } from './rollups/rollup.entity.js';

/** The schemas of every delivery table, with a prefix for a host whose own tables could collide. */
export function deliveryEntities(prefix = ''): EntitySchema[] {
  return [
    ...modelEntities(prefix),
    recoverySchema(prefix),
    erasureSchema(prefix),
    requestSchema(prefix),
    ...rollupEntities(prefix),
    changeEntity(prefix),
    clockSchema(prefix),
  ];
}
