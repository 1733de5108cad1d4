/** Why there is no passkey, in a sentence; what the server says is shown as it says it. */
import { Alert } from '@mantine/core'
import type { PasskeyObstacle } from '../api/passkeys.ts'
import { PasskeyProblem } from '../api/passkeys.ts'
import { useWords } from '../words/language.tsx'
import { ProblemNotice } from './problem-notice.tsx'

export function PasskeyNotice({ problem }: { readonly problem: unknown }) {
  if (!(problem instanceof PasskeyProblem)) return <ProblemNotice problem={problem} />
  return <ObstacleNotice obstacle={problem.obstacle} />
}

export function ObstacleNotice({ obstacle }: { readonly obstacle: PasskeyObstacle }) {
  const { passkeys } = useWords()
  const says = {
    unsupported: passkeys.unsupported,
    numbers: passkeys.numbers,
    elsewhere: obstacle.kind === 'elsewhere' ? passkeys.elsewhere(obstacle.name) : '',
    'none given': passkeys.noneGiven,
    'known already': passkeys.knownAlready,
  }
  return (
    <Alert color="yellow" p="sm" role="status">
      {says[obstacle.kind]}
    </Alert>
  )
}
