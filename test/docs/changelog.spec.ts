import { readDocument } from './documents.js';

const CHANGELOG = readDocument('CHANGELOG.md');

describe('The changelog', () => {
  it('has the version of the package, with its date', () => {
    const { version } = JSON.parse(readDocument('package.json')) as { version: string };
    expect(CHANGELOG).toMatch(
      new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d\\d-\\d\\d$`, 'm'),
    );
  });
});
