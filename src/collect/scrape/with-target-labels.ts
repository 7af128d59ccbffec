import { Labels } from '../../model/labels.ts'

/**
 * The labels of a series with those of its target. Where both have a label, the target's wins and the exposed one is kept as
 * `exported_<name>` (prefixed again while that is taken too); with `honorLabels` the exposed one wins (scrape.go,
 * mutateSampleLabels).
 */
export function withTargetLabels(exposed: Labels, target: Labels, honorLabels: boolean): Labels {
  const own = exposed.flat
  const added = target.flat
  const flat: string[] = []
  const conflicts: [string, string][] = []
  let i = 0
  let j = 0
  // Both are sorted by name, so one pass joins them.
  while (i < own.length || j < added.length) {
    const ownName = own[i]
    const addedName = added[j]
    if (addedName === undefined || (ownName !== undefined && ownName < addedName)) {
      flat.push(ownName as string, own[i + 1] as string)
      i += 2
    } else if (ownName === undefined || addedName < ownName) {
      flat.push(addedName, added[j + 1] as string)
      j += 2
    } else {
      flat.push(ownName, (honorLabels ? own[i + 1] : added[j + 1]) as string)
      if (!honorLabels) conflicts.push([ownName, own[i + 1] as string])
      i += 2
      j += 2
    }
  }
  const joined = Labels.fromSortedFlat(flat)
  return conflicts.length === 0 ? joined : withExported(joined, conflicts)
}

/** Shorter names choose first, as in Prometheus, which decides who gets `exported_foo` when `foo` and `exported_foo` both want it. */
function withExported(joined: Labels, conflicts: [string, string][]): Labels {
  const taken = new Map<string, string>()
  for (let i = 0; i < joined.flat.length; i += 2) {
    taken.set(joined.flat[i] as string, joined.flat[i + 1] as string)
  }
  conflicts.sort(([a], [b]) => Buffer.byteLength(a) - Buffer.byteLength(b))
  for (const [name, value] of conflicts) {
    let renamed = `exported_${name}`
    while (taken.has(renamed)) renamed = `exported_${renamed}`
    taken.set(renamed, value)
  }
  return Labels.fromPairs(taken)
}
