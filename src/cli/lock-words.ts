/** What may be said of a vault's lock, and not more (reliability 5.3): every claim names who can still destroy it. */
import type { LockState } from '#engine'

const tierSentence =
  'Tier T0: the lock is kept by Holdfast alone; root on this machine, or whoever can write the folder, can still delete the files of the vault.'

export function lockSentence(lock: LockState): string {
  switch (lock) {
    case 'off':
      return `Lock off: points can be removed before their retention ends. ${tierSentence}`
    case 'governed':
      return `Lock governed: Holdfast removes no point before its retention ends. ${tierSentence}`
    case 'compliance':
      return `Lock compliance: Holdfast removes no point before its retention ends, and the lock cannot be taken off. ${tierSentence}`
  }
}
