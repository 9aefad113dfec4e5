import { Injectable } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { isReadOnly } from '../../database/database-errors.js';
import { checkWritable } from '../../database/read-only.js';
import { InjectDatabase } from '../../host/tokens.js';
import { DatabaseProbe } from '../../operations/database-probe.js';

/** Asks the database itself. */
@Injectable()
export class DataSourceProbe implements DatabaseProbe {
  constructor(@InjectDatabase() private readonly dataSource: DataSource) {}

  async check(): Promise<string | null> {
    try {
      await checkWritable(this.dataSource);
      return null;
    } catch (error) {
      if (isReadOnly(error)) return 'The database server is read-only.';
      throw error;
    }
  }
}
