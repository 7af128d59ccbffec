import type { Labels } from '../../model/labels.ts'
import type { TargetGroup } from '../discovery/target-group.ts'
import {
  decideTarget,
  type JobDefaults,
  type TargetDecision,
  type TargetSpec,
} from './target-labels.ts'

/** What became of the targets that the discoveries of a job have found. */
export interface TargetSet {
  /** By a key that is equal for targets that one loop can scrape. */
  readonly wanted: ReadonlyMap<string, TargetSpec>
  readonly foundCount: number
  readonly droppedCount: number
  /** Labels before relabelling of the first dropped ones. */
  readonly dropped: readonly Labels[]
  readonly faults: readonly { readonly address: string; readonly message: string }[]
}

/** What was decided of targets before, by what discovery found: for one job only, and as long as what was found is there. */
export type KnownDecisions = WeakMap<Labels, KnownDecision>

interface KnownDecision {
  readonly decision: TargetDecision
  /** Of a target that is kept; '' of others. */
  readonly key: string
}

/**
 * Decides every target of the groups; at most `shownDropped` of those that rules drop are kept to be shown. What stands in `known` is
 * not decided again: of thousands of pods few change at a time.
 */
export function decideTargets(
  groups: Iterable<TargetGroup>,
  job: JobDefaults,
  shownDropped: number,
  known: KnownDecisions = new WeakMap(),
): TargetSet {
  const wanted = new Map<string, TargetSpec>()
  const dropped: Labels[] = []
  const faults: { address: string; message: string }[] = []
  let foundCount = 0
  let droppedCount = 0
  for (const group of groups) {
    for (const found of group.targets) {
      foundCount++
      const { decision, key } = known.get(found) ?? decide(found, job, known)
      if (decision.kind === 'keep') wanted.set(key, decision.target)
      else if (decision.kind === 'fault') {
        faults.push({ address: found.get('__address__'), message: decision.message })
      } else {
        droppedCount++
        if (dropped.length < shownDropped) dropped.push(decision.discovered)
      }
    }
  }
  return { wanted, foundCount, droppedCount, dropped, faults }
}

function decide(found: Labels, job: JobDefaults, known: KnownDecisions): KnownDecision {
  const decision = decideTarget(found, job)
  const made = { decision, key: decision.kind === 'keep' ? keyOf(decision.target) : '' }
  known.set(found, made)
  return made
}

function keyOf(target: TargetSpec): string {
  return [target.labels.key, target.url, target.intervalMs, target.timeoutMs].join('\uffff')
}
