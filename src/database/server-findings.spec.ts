import { nameEngine } from './server-findings.js';

it.each([
  ['10.11.14-MariaDB-0+deb12u2', 'Debian 12', 'mariadb'],
  ['9.7.4', 'Debian', 'mysql'],
  ['8.4.3', 'MySQL Community Server - GPL', 'mysql'],
  ['5.7.25-OceanBase-v4.3.5.3', 'OceanBase seekdb 1.4.0', 'oceanbase'],
  ['8.0.11-TiDB-v8.5.0', 'TiDB Server (Apache License 2.0)', 'tidb'],
  ['8.0.40-Vitess', 'Version: 22.0.0', 'vitess'],
])('version %s, "%s" is %s', (version, comment, engine) => {
  expect(nameEngine(version, comment)).toBe(engine);
});
