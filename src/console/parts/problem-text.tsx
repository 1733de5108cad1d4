/** What the server or a client says, in the language of the page; what stays English is marked as such. */
import { Text, type TextProps } from '@mantine/core'
import { useLanguage } from '../words/language.tsx'
import { tellFilledIn } from '../words/problems/filled-in.ts'
import { english, type Piece, type Told, tellAsSaid } from '../words/problems/telling.ts'

export function useTold(problem: unknown): Told {
  const { inChinese, name } = useLanguage()
  const filledIn = tellFilledIn(problem, name)
  if (filledIn !== undefined) return filledIn
  return inChinese === undefined ? tellAsSaid(problem) : inChinese.problem(problem)
}

/** The sentence and what to do, one after the other. */
export function ProblemText({ problem }: { readonly problem: unknown }) {
  const { says, advises } = useTold(problem)
  return (
    <>
      <Pieces of={says} />
      {says.at(-1)?.text.endsWith('。') ? '' : ' '}
      <Pieces of={advises} />
    </>
  )
}

/** The sentence, and below it what to do. */
export function ProblemLines({
  problem,
  ...look
}: { readonly problem: unknown } & Pick<TextProps, 'c'>) {
  const { says, advises } = useTold(problem)
  return (
    <div style={{ overflowWrap: 'anywhere' }}>
      <Text size="sm" {...look}>
        <Pieces of={says} />
      </Text>
      {advises.length > 0 && (
        <Text size="sm" fw={600}>
          <Pieces of={advises} />
        </Text>
      )}
    </div>
  )
}

/** A warning, or another sentence without a code. */
export function SaidText({ text }: { readonly text: string }) {
  const { inChinese } = useLanguage()
  return <Pieces of={inChinese === undefined ? english(text) : inChinese.sentence(text)} />
}

function Pieces({ of }: { readonly of: readonly Piece[] }) {
  const { name } = useLanguage()
  return of.map(({ kind, text }, at) => {
    if (kind === 'words' || (kind === 'english' && name === 'en')) return text
    // They stand in the order of their sentence and never change places.
    const key = `${at}`
    if (kind === 'fact') return <bdi key={key}>{text}</bdi>
    return (
      <span key={key} lang="en">
        {text}
      </span>
    )
  })
}
