/**
 * Texts that people type. Each has a length and a shape: what could ever reach a process, a header or a terminal is
 * refused here (A20), not escaped later.
 */
import { z } from 'zod'

/** Words for people in one line: no control, no direction marks, no blanks at the ends. */
export function label(max: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(max)
    .regex(/^(?! )[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*(?<! )$/u, 'holds characters that do not show')
}

/** Several lines for people; line ends are the only control characters. */
export function prose(max: number): z.ZodString {
  return z
    .string()
    .max(max)
    .regex(/^[^\p{Cf}\p{Cs}\0-\x09\x0b-\x1f\x7f-\x9f]*$/u, 'not plain text')
}

/** Written by the server: an answer must not fail because a sentence is long. */
export const sentence = z.string()

/** What a person must type to confirm; compared with the sentence that the proposal gave. */
export const confirmation = z.string().min(1).max(200)

export const mailAddress = z.email().max(254)
/** Never in a log, an answer or the audit. */
export const password = z.string().min(12).max(256)
/** A host name or an address: it may become an argument of a program, so it never begins with a dash. */
export const hostName = z
  .string()
  .max(253)
  .regex(
    /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$/,
    'not a host',
  )
/** What a machine calls itself: for people only, never an argument of anything. */
export const reportedName = label(253)
/** Of a program that the local policy of a machine declares; never a path, never a command (A21). */
export const hookName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'not the name of a hook')
export const loginName = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'not a login name')
/** Where a webhook goes; which addresses are allowed is decided when it is called. */
export const webAddress = z.url({ protocol: /^https?$/, hostname: z.regexes.domain }).max(2_048)

export const tagsMax = 20
export const tagName = label(128)
export const tags = z
  .record(tagName, z.union([z.literal(''), label(128)]))
  .refine((value) => Object.keys(value).length <= tagsMax, 'too many tags')

/** A count, or bytes: never negative, always exact. */
export const amount = z.int().min(0)
/** The SHA-256 of something, in hexadecimal. */
export const digest = z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256')
