/** The language of the console: chosen by the browser, switchable, and remembered. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { english } from './english.ts'
import type { InChinese } from './problems/in-chinese.ts'

/** Every text of the console; each language has all of them, or it does not compile. */
export type Words = typeof english
export type LanguageName = 'en' | 'zh'

const languageName = 'holdfast-language'

type Language = {
  readonly name: LanguageName
  readonly words: Words
  /** For `Intl`: the browser's own variant where it is of this language. */
  readonly locale: string
  readonly change: (name: LanguageName) => void
  /** Of what the server says, in Chinese; undefined: in English, or not here yet. */
  readonly inChinese?: InChinese | undefined
}

const LanguageContext = createContext<Language | undefined>(undefined)

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [name, setName] = useState(chosenLanguage)
  const [words, setWords] = useState<{ readonly name: LanguageName; readonly words: Words }>()
  const inChinese = useInChinese(words?.name === 'zh')
  useEffect(() => {
    document.documentElement.lang = name === 'zh' ? 'zh-CN' : 'en'
    void loadWords(name).then((loaded) => setWords({ name, words: loaded }))
  }, [name])
  const language = useMemo(() => {
    const change = (next: LanguageName) => {
      localStorage.setItem(languageName, next)
      setName(next)
    }
    return words && { ...words, locale: localeOf(words.name), change, inChinese }
  }, [words, inChinese])
  if (language === undefined) return null
  return <LanguageContext value={language}>{children}</LanguageContext>
}

/** Fetched after the words of the page, which do not wait for it. */
function useInChinese(isWanted: boolean): InChinese | undefined {
  const [told, setTold] = useState<InChinese>()
  useEffect(() => {
    if (isWanted)
      void import('./problems/in-chinese.ts').then((loaded) => setTold(loaded.inChinese))
  }, [isWanted])
  return isWanted ? told : undefined
}

/** A language is fetched when it is needed. */
async function loadWords(name: LanguageName): Promise<Words> {
  return name === 'zh' ? (await import('./chinese.ts')).chinese : english
}

function chosenLanguage(): LanguageName {
  const kept = localStorage.getItem(languageName)
  if (kept === 'en' || kept === 'zh') return kept
  const [first] = navigator.languages.filter((one) => /^(en|zh)\b/i.test(one))
  return first !== undefined && /^zh\b/i.test(first) ? 'zh' : 'en'
}

function localeOf(name: LanguageName): string {
  const own = navigator.languages.find((one) => one.toLowerCase().startsWith(name))
  return own ?? (name === 'zh' ? 'zh-CN' : 'en')
}

export function useLanguage(): Language {
  const language = useContext(LanguageContext)
  if (language === undefined) throw new Error('pages are inside the language')
  return language
}

export function useWords(): Words {
  return useLanguage().words
}

/** The texts of one page, which are fetched with it. */
export function usePageWords<Texts>(texts: { readonly en: Texts; readonly zh: Texts }): Texts {
  return texts[useLanguage().name]
}
