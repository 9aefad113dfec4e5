// A real MySQL beside the system's MariaDB. Debian packages MySQL in its unstable suite alone; its packages run from a
// folder of their own, by their own loader and libraries, and nothing is installed.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cachedEngine, runProgram } from './cache.mjs';

const PACKAGES = ['mysql-server-core', 'mysql-client-core'];
const SUITE = 'sid';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const SOURCES = '/etc/apt/sources.list.d';

/** The server's program. Throws a sentence where it cannot be had. */
export function fetchRealMysql() {
  return join(cachedEngine('mysql', unpackInto), 'mysqld');
}

function unpackInto(folder) {
  const mirror = findMirror();
  if (!mirror) throw new Error('this is no Debian: no mirror and no keyring of its archive were found');
  const apt = join(folder, 'apt');
  for (const one of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(apt, one), { recursive: true });
  writeFileSync(join(apt, 'status'), '');
  writeFileSync(join(apt, 'sources.list'), `deb [signed-by=${KEYRING}] ${mirror} ${SUITE} main\n`);
  const options = [
    `Dir::State=${join(apt, 'state')}`,
    `Dir::State::status=${join(apt, 'status')}`,
    `Dir::Cache=${join(apt, 'cache')}`,
    `Dir::Etc::sourcelist=${join(apt, 'sources.list')}`,
    'Dir::Etc::sourceparts=-',
    'APT::Install-Recommends=0',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  runProgram('apt-get', ['update', '-q', ...options]);
  runProgram('apt-get', ['install', '-q', '-y', '--download-only', ...options, ...PACKAGES]);
  const archives = join(apt, 'cache/archives');
  const root = join(folder, 'root');
  for (const archive of readdirSync(archives).filter((name) => name.endsWith('.deb')))
    runProgram('dpkg', ['-x', join(archives, archive), root]);
  rmSync(apt, { recursive: true });
  writeStarter(folder, root);
}

/** A program that is called as mysqld is. It finds what it needs beside itself: the folder is renamed after this. */
function writeStarter(folder, root) {
  const libraries = readdirSync(join(root, 'usr/lib')).find((name) => findLoader(root, name));
  if (!libraries) throw new Error(`the packages of ${SUITE} have no loader of programs`);
  const starter = join(folder, 'mysqld');
  const lib = `$root/usr/lib/${libraries}`;
  writeFileSync(
    starter,
    `#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root
exec "${lib}/${findLoader(root, libraries)}" --library-path "${lib}:$root/usr/lib/mysql/private" \\
  "$root/usr/sbin/mysqld" "$@" --basedir="$root/usr" --plugin-dir="$root/usr/lib/mysql/plugin" \\
  --lc-messages-dir="$root/usr/share/mysql" --secure-file-priv=NULL
`,
  );
  chmodSync(starter, 0o755);
}

function findLoader(root, libraries) {
  const folder = join(root, 'usr/lib', libraries);
  if (!existsSync(join(folder, '.')) || !/-linux-gnu/.test(libraries)) return undefined;
  return readdirSync(folder).find((name) => /^ld-linux.*\.so\.\d+$/.test(name));
}

/** The mirror that the machine is set up with. */
function findMirror() {
  if (!existsSync(KEYRING)) return null;
  const files = [
    ...(existsSync(SOURCES) ? readdirSync(SOURCES).map((name) => join(SOURCES, name)) : []),
    join(dirname(SOURCES), 'sources.list'),
  ];
  const lines = files
    .filter((file) => /\.(sources|list)$/.test(file) && existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  for (const line of lines) {
    const [, uri] = /^(?:URIs:|deb(?:\s+\[[^\]]*\])?)\s+(\S+)/.exec(line) ?? [];
    if (uri && /debian\/?$/.test(uri)) return uri;
  }
  return null;
}
