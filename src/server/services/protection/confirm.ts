/** What a person must type before something is lost: the text says how much, so it changes when that does. */
import { failure } from '#base'

export function checkConfirmation(given: string, wanted: string): void {
  if (given !== wanted) throw failure('confirmation.wrong')
}
