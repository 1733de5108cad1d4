/** Draws what will go wrong at the storage of one process, and when. */
import {
  type DiskStep,
  type Fault,
  type FaultEffect,
  FaultPlan,
  type SeededRandom,
  type StoreCall,
} from '#ports'

const nthMax = 120

/** A plan that tells when it strikes. */
class ToldPlan<Place> extends FaultPlan<Place> {
  readonly #onFault: () => void

  constructor(faults: readonly Fault<Place>[], onFault: () => void) {
    super(faults)
    this.#onFault = onFault
  }

  override next(...where: Parameters<FaultPlan<Place>['next']>): FaultEffect | undefined {
    const effect = super.next(...where)
    if (effect !== undefined) this.#onFault()
    return effect
  }
}

export function planStoreFaults(
  random: SeededRandom,
  count: number,
  onFault: () => void,
): FaultPlan<StoreCall> {
  const faults = Array.from({ length: count }, () => drawStoreFault(random))
  return new ToldPlan(faults, onFault)
}

function drawStoreFault(random: SeededRandom): Fault<StoreCall> {
  const nth = 1 + random.below(nthMax)
  const few = 1 + random.below(12)
  const after = random.below(6)
  switch (random.below(10)) {
    case 0:
      return { at: 'list', nth: few, effect: { kind: 'short', after } }
    case 1:
      return {
        at: 'list',
        nth: few,
        effect: { kind: 'breakOff', after, code: 'storage.unavailable' },
      }
    case 2:
      return { at: 'find', nth, effect: { kind: 'flip', bit: random.below(100_000) } }
    case 3:
      return { at: 'find', nth, effect: { kind: 'fail', code: 'storage.unavailable' } }
    case 4:
      return { at: 'put', nth: few, effect: { kind: 'replyLost', code: 'storage.unavailable' } }
    case 5:
      return { at: 'publish', nth: few, effect: { kind: 'replyLost', code: 'storage.unavailable' } }
    case 6:
      return { at: 'removePack', nth: 1 + random.below(3), effect: replyLostOrFailed(random) }
    case 7:
      return { at: 'removeRecord', nth: 1 + random.below(3), effect: replyLostOrFailed(random) }
    case 8:
      return { at: 'list', nth: few, effect: { kind: 'repeat', entries: 1 + after } }
    default:
      // Full from here on.
      return {
        at: 'put',
        nth: few,
        times: 1 + random.below(20),
        effect: { kind: 'fail', code: 'storage.full' },
      }
  }
}

function replyLostOrFailed(random: SeededRandom): FaultEffect {
  return { kind: random.chance(0.5) ? 'replyLost' : 'fail', code: 'storage.unavailable' }
}

export type DiskPlan = {
  readonly faults: number
  readonly onFault: () => void
  /** The process dies when it has just given a pack its name: others see it, but it is not durable. */
  readonly diesAtLink: boolean
  readonly onDeath: () => void
}

export function planDiskFaults(random: SeededRandom, plan: DiskPlan): FaultPlan<DiskStep> {
  const faults = Array.from({ length: plan.faults }, (): Fault<DiskStep> => {
    const nth = 1 + random.below(nthMax)
    const at =
      random.pick<DiskStep>(['sync', 'sync', 'syncFolder', 'write', 'link', 'unlink']) ?? 'sync'
    return {
      at,
      nth,
      effect: { kind: 'fail', code: at === 'write' ? 'storage.full' : 'storage.unavailable' },
    }
  })
  return new DyingPlan(faults, plan, random.below(6))
}

class DyingPlan extends ToldPlan<DiskStep> {
  readonly #plan: DiskPlan
  #linksLeft: number

  constructor(faults: readonly Fault<DiskStep>[], plan: DiskPlan, linksLeft: number) {
    super(faults, plan.onFault)
    this.#plan = plan
    this.#linksLeft = linksLeft
  }

  override next(...where: Parameters<FaultPlan<DiskStep>['next']>): FaultEffect | undefined {
    const [step, object] = where
    const isPackNamed = step === 'link' && object === 'pack'
    if (isPackNamed && this.#plan.diesAtLink && this.#linksLeft-- === 0) this.#plan.onDeath()
    return super.next(...where)
  }
}
