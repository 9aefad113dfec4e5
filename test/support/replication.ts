import { findMysql, PrivateMysql } from './private-mysql.mjs';

/** A primary and its replica, which follows it by the binary log. */
export interface Replication {
  primary: PrivateMysql;
  replica: PrivateMysql;
  /** Has the replica apply nothing any more; it goes on receiving. */
  hold(): Promise<void>;
  /** Has it apply what it has received, and go on. */
  resume(): Promise<void>;
  remove(): Promise<void>;
}

/** Whether a pair of servers can be had here: OceanBase's engine has no replica of this kind. */
export function canReplicate(): boolean {
  const programs = findMysql();
  return programs !== null && programs.engine !== 'oceanbase';
}

/**
 * Starts two servers on 127.0.0.1, the second one a read-only replica of the first.
 *
 * @param database made on both
 */
export async function startReplication(database: string): Promise<Replication> {
  const isMariaDb = findMysql()?.engine === 'mariadb';
  const primary = await PrivateMysql.create(['--log-bin=binlog', '--server-id=1', '--binlog-format=ROW'], {
    isDurable: false,
  });
  try {
    const replica = await PrivateMysql.create(['--server-id=2', '--read-only=1'], { isDurable: false });
    await replica.query(
      isMariaDb
        ? `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${primary.port}, MASTER_USER = 'follower', MASTER_PASSWORD = 'follower', MASTER_CONNECT_RETRY = 1`
        : `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${primary.port}, SOURCE_USER = 'follower', SOURCE_PASSWORD = 'follower', GET_SOURCE_PUBLIC_KEY = 1, SOURCE_CONNECT_RETRY = 1`,
    );
    await primary.query("CREATE USER follower@'%' IDENTIFIED BY 'follower'");
    await primary.query("GRANT REPLICATION SLAVE ON *.* TO follower@'%'");
    // What reads from the replica may do no more than that: it has no right to ask for its status.
    await primary.query("CREATE USER reader@'%' IDENTIFIED BY 'reader'");
    await primary.query(`GRANT SELECT ON ${database}.* TO reader@'%'`);
    await primary.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`);
    await replica.query('START REPLICA');
    return {
      primary,
      replica,
      hold: async () => void (await replica.query('STOP REPLICA SQL_THREAD')),
      resume: async () => void (await replica.query('START REPLICA SQL_THREAD')),
      remove: async () => {
        await replica.remove();
        await primary.remove();
      },
    };
  } catch (error) {
    await primary.remove();
    throw error;
  }
}
