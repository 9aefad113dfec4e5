// The way in, and the way around: a reload forgets the token, so pages are gone to by their links.

/** Opens the page at a path and signs in. */
export async function signIn(page, pageUrl, token, path = '') {
  await page.goto(pageUrl + path);
  await page.getByLabel('Admin token', { exact: true }).fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** Goes to one of the pages in the navigation. */
export async function goTo(page, name) {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
}
