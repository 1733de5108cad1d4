/** Where the keyboard was before a dialog opened, there it is again when the dialog is gone. */

const dialogs = '[role=dialog]'

/** Dialogs are made when they are needed, so they cannot know themselves what was focused before. */
export function returnFocusAfterDialogs(): void {
  let before: HTMLElement | undefined
  document.addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLElement && target.closest(dialogs) === null) before = openerOf(target)
  })
  const watch = new MutationObserver((changes) => {
    const isOver = changes.some(({ removedNodes }) => [...removedNodes].some(holdsDialog))
    if (!isOver || document.activeElement !== document.body) return
    if (document.querySelector(dialogs) === null) before?.focus({ preventScroll: true })
  })
  watch.observe(document.body, { childList: true, subtree: true })
}

/** An entry of a menu is gone as soon as it is chosen; what opened the menu stays. */
function openerOf(focused: HTMLElement): HTMLElement {
  const opener = focused.closest('[role=menu]')?.getAttribute('aria-labelledby')
  return (opener && document.getElementById(opener)) || focused
}

function holdsDialog(node: Node): boolean {
  return node instanceof Element && (node.matches(dialogs) || node.querySelector(dialogs) !== null)
}
