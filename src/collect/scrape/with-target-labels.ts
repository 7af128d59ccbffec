import { Labels } from '../../model/labels.ts'

/**
 * The labels of a series with those of its target. Where both have a label, the target's wins and the exposed one is kept as
 * `exported_<name>` (again prefixed while that is taken too); with `honorLabels` the exposed one wins (scrape.go,
 * mutateSampleLabels).
 */
export function withTargetLabels(exposed: Labels, target: Labels, honorLabels: boolean): Labels {
  const merged = new Map<string, string>()
  for (let i = 0; i < exposed.flat.length; i += 2) merged.set(exposed.flat[i] as string, exposed.flat[i + 1] as string)
  const conflicts: [string, string][] = []
  for (let i = 0; i < target.flat.length; i += 2) {
    const name = target.flat[i] as string
    const value = target.flat[i + 1] as string
    const own = merged.get(name)
    if (own === undefined) merged.set(name, value)
    else if (!honorLabels) {
      conflicts.push([name, own])
      merged.set(name, value)
    }
  }
  for (const [name, value] of conflicts) {
    let renamed = `exported_${name}`
    while (merged.has(renamed)) renamed = `exported_${renamed}`
    merged.set(renamed, value)
  }
  return Labels.fromPairs(merged)
}
