export const errors = {
  unreachable: 'Posthorn does not answer. Check that it is running and that you are online, then try again.',
  unexpected: (status: number) =>
    `The answer was ${status}, without a reason that this page can read. A proxy may stand between; Posthorn's log tells more.`,
  title: (status: number) =>
    ({
      0: 'No answer',
      403: 'Your token does not allow this',
      404: 'This is not here',
      409: 'This cannot be done as things stand',
      503: 'The database cannot be reached',
    })[status] ?? 'This did not work',
  forbidden: 'Sign in with a token that has the scope for it. Tokens are made with POST /admin/tokens.',
  notFound: 'It may have been removed, or belong to another tenant.',
  tryAgain: 'Try again',
  crashed: 'This page has come to a fault of its own',
  crashedHint: 'Load it again. If it stays, report the text below.',
  reload: 'Load again',
} as const;
