/** What a language says of an error of the catalogue: the same facts in braces as the English entry has. */
import type { ErrorCode } from '#base'

export type Said = { readonly says: string; readonly advise: string }
export type SaidOf<Codes extends ErrorCode = ErrorCode> = Readonly<Record<Codes, Said>>
