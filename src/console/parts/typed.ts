/**
 * Fields of filters that stand in an address. What people type is theirs until the address says something else than it was
 * told, as after "clear filters" or going back; the field itself stays, and with it the focus.
 */
import { useDebouncedCallback } from '@mantine/hooks'
import { type ChangeEvent, type RefObject, useEffect, useRef, useState } from 'react'

const typingMs = 300

/** @param tell when the typing rests */
export function useTypedText(
  value: string | undefined,
  tell: (text: string) => void,
): { readonly text: string; readonly type: (text: string) => void } {
  const [text, setText] = useState(value ?? '')
  const told = useRef(value ?? '')
  const tellLater = useDebouncedCallback((next: string) => {
    // An address keeps no blanks at the ends.
    told.current = next.trim()
    tell(told.current)
  }, typingMs)
  useEffect(() => {
    const now = value ?? ''
    if (now === told.current) return
    told.current = now
    tellLater.cancel()
    setText(now)
  }, [value, tellLater])
  const type = (next: string) => {
    setText(next)
    tellLater(next)
  }
  return { text, type }
}

/** For an input of a day: half a date is no filter yet, and the browser keeps what is typed of it. */
export function useTypedDay(
  value: string | undefined,
  tell: (day: string) => void,
): {
  readonly type: 'date'
  readonly ref: RefObject<HTMLInputElement | null>
  readonly defaultValue: string
  readonly onChange: (event: ChangeEvent<HTMLInputElement>) => void
} {
  const ref = useRef<HTMLInputElement>(null)
  const told = useRef(value ?? '')
  useEffect(() => {
    const now = value ?? ''
    if (ref.current !== null && now !== told.current) ref.current.value = now
    told.current = now
  }, [value])
  return {
    type: 'date',
    ref,
    defaultValue: value ?? '',
    onChange: ({ currentTarget: { value: day, validity } }) => {
      // The first numbers of a year are a year as well.
      if (validity.badInput || day.startsWith('0')) return
      told.current = day
      tell(day)
    },
  }
}

/** For a field that is sent by hand: what is typed, until the address says something else. */
export function useDraft(
  value: string | undefined,
): readonly [draft: string, setDraft: (text: string) => void] {
  const [draft, setDraft] = useState(value ?? '')
  useEffect(() => setDraft(value ?? ''), [value])
  return [draft, setDraft]
}
