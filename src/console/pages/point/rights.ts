/** Who sees names and contents of files, and brings them back. */
export const restorers = ['owner', 'administrator', 'restoreOperator'] as const
