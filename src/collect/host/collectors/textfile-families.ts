import type { Metric } from '../../../model/metric-family.ts'
import type { MetricType } from '../../../model/samples.ts'
import type { FamilyCollection, FamilyHead } from '../families.ts'

/** A family of one file. */
export interface TextFamily {
  readonly name: string
  readonly type: MetricType
  /** '' when the file does not say. */
  readonly help: string
  readonly metrics: readonly Metric[]
}

/** A family of all files. */
interface Merged {
  readonly type: MetricType
  help: string
  readonly files: string[]
  readonly metrics: Metric[]
  readonly seen: Set<string>
}

/**
 * Adds the families of all files, those of one name together. A file whose help or type for a family differs from an earlier
 * file's, or that repeats a series or a family of another collector, is told to `onError`, and what was there first stays.
 */
export function addFamilies(
  out: FamilyCollection,
  files: ReadonlyMap<string, { readonly families: readonly TextFamily[] }>,
  onError: (path: string, error: unknown) => void,
): void {
  const merged = new Map<string, Merged>()
  for (const [path, { families }] of files) {
    for (const family of families) {
      const problem = out.find(family.name)
        ? 'is a metric of another collector'
        : mergeFamily(merged, path, family)
      if (problem !== undefined) onError(path, new Error(`${path}: ${family.name} ${problem}`))
    }
  }
  for (const [name, { type, help, files: from, metrics }] of merged) {
    const text = help === '' ? `Metric read from ${from.join(', ')}` : help
    const head: FamilyHead = { name, type, help: text }
    for (const metric of metrics) out.addMetric(head, metric)
  }
}

/** What is wrong with the family, or undefined when all of it was taken. */
function mergeFamily(
  merged: Map<string, Merged>,
  path: string,
  family: TextFamily,
): string | undefined {
  let into = merged.get(family.name)
  if (!into) {
    into = { type: family.type, help: family.help, files: [], metrics: [], seen: new Set() }
    merged.set(family.name, into)
  }
  const first = into.files[0] ?? path
  if (into.type !== family.type) return `is a ${family.type} here and a ${into.type} in ${first}`
  if (family.help !== '' && into.help !== '' && family.help !== into.help) {
    return `has another help text than in ${first}`
  }
  if (into.help === '') into.help = family.help
  into.files.push(path)
  let repeated = false
  for (const metric of family.metrics) {
    const key = `${metric.suffix ?? ''}\uffff${metric.labels.join('\uffff')}`
    if (into.seen.has(key)) {
      repeated = true
      continue
    }
    into.seen.add(key)
    into.metrics.push(metric)
  }
  return repeated ? 'has a series that was read before' : undefined
}
