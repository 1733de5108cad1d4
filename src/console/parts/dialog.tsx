/** What opens over a page: a dialog asks or tells one thing, a side panel shows something beside the page. Both can be closed. */
import { Drawer, type DrawerProps, Modal, type ModalProps } from '@mantine/core'
import { useWords } from '../words/language.tsx'

type Own = 'opened' | 'centered' | 'position' | 'closeButtonProps'
type Frame<Props> = Omit<Props, Own> & {
  /** Default: as long as it is in the page. */
  readonly opened?: boolean
}

export function Dialog(props: Frame<ModalProps>) {
  return <Modal opened centered style={breaksWords} {...useCloseButton()} {...props} />
}

export function SidePanel(props: Frame<DrawerProps>) {
  return <Drawer opened position="right" style={breaksWords} {...useCloseButton()} {...props} />
}

// Names may be one long word.
const breaksWords = { overflowWrap: 'anywhere' } as const

function useCloseButton() {
  const { everywhere } = useWords()
  return { closeButtonProps: { 'aria-label': everywhere.close } }
}
