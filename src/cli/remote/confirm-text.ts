/** What cannot be undone is shown, and then confirmed by typing what the proposal asks for. */
import { failure } from '#base'
import type { Context, Given, OptionSpec } from '../command.ts'
import { printable } from '../printable.ts'
import { askLine, confirm } from '../terminal.ts'

export const confirmOptions: readonly OptionSpec[] = [
  { flags: '--confirm <text>', about: 'the text that the proposal asks for, instead of typing it' },
  { flags: '--dry-run', about: 'only shows the proposal' },
]

/**
 * @returns undefined with --dry-run: nothing is to be done
 * @throws confirmation.missing without a terminal and without --confirm
 */
export async function typedConfirmation(
  context: Context,
  given: Given,
  wanted: string,
): Promise<string | undefined> {
  const { output } = context
  const shown = printable(wanted)
  if (given.flag('dryRun')) {
    output.note(`Nothing was done. To do it, confirm with: ${shown}`)
    return undefined
  }
  const text = given.text('confirm')
  if (text !== undefined) return text
  const typed = await askLine(context, `To do it, type "${shown}": `)
  if (typed === undefined) throw failure('confirmation.missing', { confirmation: shown })
  if (typed !== wanted) throw failure('confirmation.wrong')
  return typed
}

export const yesOption: OptionSpec = { flags: '--yes', about: 'answers the question with yes' }

/** @throws confirmation.declined */
export async function mustConfirm(context: Context, given: Given, question: string): Promise<void> {
  if (given.flag('yes') || (await confirm(context, question))) return
  throw failure('confirmation.declined')
}
