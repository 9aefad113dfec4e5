const JAVA_LIBRARY = 'com.standardwebhooks:standardwebhooks:1.2.0';

/**
 * The languages whose receivers are tried. `fence` names their block in docs/receiving.md, `tools` what must be installed,
 * `file` where the block is written, `fetch` what fetches its library into its folder, `build` what is run there afterwards,
 * `start` what starts it.
 */
export const LANGUAGES = [
  {
    name: 'Python',
    fence: 'python',
    tools: [['python3', '-m', 'venv', '--help']],
    file: 'receiver.py',
    fetch: [
      ['python3', '-m', 'venv', 'env'],
      ['env/bin/pip', 'install', '--quiet', 'standardwebhooks==1.1.0'],
    ],
    build: [],
    start: ['env/bin/python', 'receiver.py'],
  },
  {
    name: 'Go',
    fence: 'go',
    tools: [['go', 'version']],
    file: 'main.go',
    files: { 'go.mod': 'module receiver\n\ngo 1.21\n' },
    fetch: [['go', 'get', 'github.com/standard-webhooks/standard-webhooks/libraries@v0.0.1']],
    build: [['go', 'build', '-o', 'receiver', '.']],
    start: ['./receiver'],
  },
  {
    name: 'Java',
    fence: 'java',
    tools: [
      ['javac', '-version'],
      ['mvn', '--version'],
    ],
    file: 'Receiver.java',
    fetch: [
      ['mvn', '-q', 'dependency:get', `-Dartifact=${JAVA_LIBRARY}`],
      ['mvn', '-q', 'dependency:copy', `-Dartifact=${JAVA_LIBRARY}`, '-DoutputDirectory=.'],
    ],
    build: [['javac', '--release', '11', '-cp', 'standardwebhooks-1.2.0.jar', 'Receiver.java']],
    start: ['java', '-cp', 'standardwebhooks-1.2.0.jar:.', 'Receiver'],
  },
  {
    name: 'Rust',
    fence: 'rust',
    tools: [['cargo', '--version']],
    file: 'src/main.rs',
    files: {
      'Cargo.toml':
        '[package]\nname = "receiver"\nversion = "0.0.0"\nedition = "2021"\n\n[dependencies]\nhttp = "1"\nstandardwebhooks = "1.0.1"\ntiny_http = "0.12"\n',
    },
    fetch: [['cargo', 'fetch', '--quiet']],
    build: [['cargo', 'build', '--quiet', '--offline']],
    start: ['target/debug/receiver'],
  },
];
