// Known exceptions to the tidy rules, with the size that each may have. A ratchet: numbers only go
// down, and an entry that is no longer needed must go (the test says so).

/** path → lines */
export const longFiles: Readonly<Record<string, number>> = {}

/** `path name` → lines */
export const longFunctions: Readonly<Record<string, number>> = {}
