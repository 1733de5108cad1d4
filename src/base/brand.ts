declare const brand: unique symbol

/** A primitive with a meaning: a `Brand<string, 'ChunkId'>` is not a `Brand<string, 'PackId'>`. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }
