/** Names of tabs in one line; where they do not fit, the one that is open is moved into sight. */
import { Tabs } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'

const marginPx = 24

export function TabList({
  active,
  label,
  children,
}: {
  readonly active: string
  readonly label?: string
  readonly children: ReactNode
}) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const tab = list.current?.querySelector<HTMLElement>(`[id$="-tab-${active}"]`)
    if (tab !== null && tab !== undefined)
      list.current?.scrollTo({ left: tab.offsetLeft - marginPx })
  }, [active])
  return (
    <Tabs.List ref={list} mb="md" {...(label === undefined ? {} : { 'aria-label': label })}>
      {children}
    </Tabs.List>
  )
}
