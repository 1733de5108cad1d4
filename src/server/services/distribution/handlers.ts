/** The installer, the manifest and the builds of the client, for whoever asks; and the key by which a machine answers. */
import type { HandlersOf } from '../../handler.ts'
import type { ClientBuilds } from './client-builds.ts'
import { type InstallerTexts, placeSeenBy, renderInstaller, type ServerPlace } from './installer.ts'
import type { RemoteMachines } from './remote-machine.ts'

export type Distribution = {
  /** Asked each time: certificates are renewed. */
  readonly place: () => ServerPlace
  readonly texts: InstallerTexts
  readonly builds: ClientBuilds
  readonly remotes: RemoteMachines
}

export function distributionHandlers(distribution: Distribution): HandlersOf<'distribution'> {
  const { place, texts, builds, remotes } = distribution
  return {
    async installer(_, { host }) {
      return renderInstaller(texts, placeSeenBy(place(), host), await builds.manifest())
    },
    async manifest() {
      return await builds.manifest()
    },
    async build({ path }) {
      return await builds.open(path.clientBuild)
    },
    async findHostKey({ query }, { signal }) {
      return await remotes.findHostKey(query, signal)
    },
  }
}
