/** What stands for a value that is not shown; sent back, it keeps the value. */
export const MASK = '••••••';
