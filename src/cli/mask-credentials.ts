/** Replaces the user and the password of every URL in a text, also of one that is no URL for a missing character. */
export function maskCredentials(text: string): string {
  return text.replace(/(:\/{0,2})[^\s'"]*@/g, '$1…@');
}
