import { SchedulerRegistry } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { DatabaseClock } from '../../src/database/database-clock.js';
import { openDatabase } from '../../src/database/open-database.js';
import { availableDatabases } from '../support/databases.js';
import { findMysql, PrivateMysql } from '../support/private-mysql.mjs';

const programs = availableDatabases().some(({ name }) => name === 'mysql') ? findMysql() : null;

// It makes a time zone, so it needs a server of its own; OceanBase's zones are in other tables.
if (programs && programs.engine !== 'oceanbase') {
  describe('A time zone whose hour comes twice', () => {
    let server: PrivateMysql;

    /** When the clocks go back by an hour, epoch milliseconds. */
    const turn = Date.UTC(2026, 9, 25, 1);
    const MINUTE_MS = 60_000;

    beforeAll(async () => {
      server = await PrivateMysql.create([], { isDurable: false });
      await server.query('CREATE DATABASE autumn CHARACTER SET utf8mb4');
      await server.query("INSERT INTO mysql.time_zone (Time_zone_id, Use_leap_seconds) VALUES (900, 'N')");
      await server.query("INSERT INTO mysql.time_zone_name (Name, Time_zone_id) VALUES ('Test/Autumn', 900)");
      await server.query(
        'INSERT INTO mysql.time_zone_transition_type (Time_zone_id, Transition_type_id, `Offset`, Is_DST, Abbreviation) ' +
          "VALUES (900, 0, 7200, 1, 'SUM'), (900, 1, 3600, 0, 'WIN')",
      );
      await server.query(
        'INSERT INTO mysql.time_zone_transition (Time_zone_id, Transition_time, Transition_type_id) ' +
          `VALUES (900, ${turn / 1_000 - 200 * 86_400}, 0), (900, ${turn / 1_000}, 1)`,
      );
      await server.query("SET GLOBAL time_zone = 'Test/Autumn'");
    }, 60_000);

    afterAll(() => server.remove());

    it.each(['own', 'host'] as const)('the clock is right before, in and after it (%s)', async (whose) => {
      const options = dataSourceOptions(
        { url: `${server.url}/autumn`, dataDir: '/nonexistent', poolSize: 1 },
        [],
      );
      const dataSource =
        whose === 'own' ? await openDatabase(options, []) : await new DataSource(options).initialize();
      try {
        const localTimes: unknown[] = [];
        const read: number[] = [];
        const times = [-90, -45, -15, 0, 15, 45, 90].map((minutes) => turn + minutes * MINUTE_MS + 250);
        for (const time of times) {
          await dataSource.query(`SET timestamp = ${time / 1_000}`);
          const [row] = await dataSource.query<{ local: string }[]>('SELECT CAST(NOW() AS CHAR) AS local');
          localTimes.push(row?.local);
          const clock = new DatabaseClock(dataSource, new SchedulerRegistry(), {
            wall: () => 0,
            monotonic: () => 0,
          });
          await clock.synchronise();
          read.push(clock.now());
        }
        expect(read).toEqual(times);
        // Two of the times have the same name in the zone; our own sessions do not know it.
        expect(new Set(localTimes).size).toBe(whose === 'own' ? times.length : times.length - 2);
      } finally {
        await dataSource.destroy();
      }
    });
  });
}
