/** States and choices of vaults and points. */

/** E3. */
export const vaultStates = ['INITIALIZING', 'CREATED', 'ERROR', 'UNKNOWN'] as const
export type VaultState = (typeof vaultStates)[number]

export const vaultKinds = ['standard', 'mirror'] as const
export type VaultKind = (typeof vaultKinds)[number]

/** E2: one location, or several of which any may be lost. */
export const redundancies = ['LRS', 'ZRS'] as const
export type Redundancy = (typeof redundancies)[number]

/** Who holds the key; fixed when the vault is made, always displayed. */
export const keyHolders = ['managed', 'client'] as const
export type KeyHolder = (typeof keyHolders)[number]

/** Lock rule L1, in the order in which a lock may rise. */
export const lockStates = ['off', 'governed', 'pending', 'compliance'] as const
export type LockState = (typeof lockStates)[number]

/** Who could still destroy what is locked; reliability 5.3. */
export const lockTiers = ['T0', 'T1', 'T2', 'T3'] as const
export type LockTier = (typeof lockTiers)[number]

export const searchIndexes = ['off', 'names'] as const
export type SearchIndex = (typeof searchIndexes)[number]

/** A point, and the version that holds it, as the calendar colours them. */
export const pointStatuses = ['complete', 'partial', 'failed'] as const
export type PointStatus = (typeof pointStatuses)[number]

export const archiveFormats = ['zip', 'tar.zst'] as const
export type ArchiveFormat = (typeof archiveFormats)[number]
