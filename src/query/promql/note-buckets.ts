import type { BucketZone } from '../../store/downsample/bucket-columns.ts'
import { nameResolution } from '../../store/downsample/levels.ts'
import type { Annotations } from './annotations.ts'
import type { BucketFetch, Plan } from './plan.ts'

/** Tells which part of each selection was answered from buckets, and how well: an info annotation a stretch of time. */
export function noteBuckets(notes: Annotations, plan: Plan): void {
  for (const fetch of plan.bucketed) {
    const where = fetch.nodes[0]
    if (where === undefined) continue
    for (const zone of zonesOf(fetch)) notes.downsampled(describe(zone), where)
  }
}

/** Those of buckets; what differs only in whether raw samples are there, too, is told as one. */
function zonesOf({ plan }: BucketFetch): readonly BucketZone[] {
  const zones: BucketZone[] = []
  for (const zone of plan.zones) {
    if (zone.resolutionMs === 0) continue
    const last = zones.at(-1)
    const isSame =
      last?.untilMs === zone.afterMs &&
      last.resolutionMs === zone.resolutionMs &&
      last.isExact === zone.isExact
    if (isSame) zones.pop()
    zones.push(isSame ? { ...last, untilMs: zone.untilMs } : zone)
  }
  return zones
}

function describe({ afterMs, untilMs, resolutionMs, isExact }: BucketZone): string {
  const how = isExact ? 'exactly' : 'approximately, because raw samples are kept no longer'
  const name = nameResolution(resolutionMs)
  return `samples after ${time(afterMs)} up to ${time(untilMs)} were answered ${how}, from ${name} aggregates`
}

/** In whole seconds, as Prometheus has times in annotations. */
function time(timeMs: number): string {
  return new Date(Math.ceil(timeMs / 1000) * 1000).toISOString().replace('.000Z', 'Z')
}
