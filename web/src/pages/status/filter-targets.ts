import type { ActiveTargetJson, TargetHealth } from '../../../../src/contract/prometheus.ts'

export interface TargetFilter {
  readonly text: string
  readonly health: TargetHealth | 'all'
}

export interface Pool {
  readonly name: string
  readonly up: number
  readonly total: number
  /** Those that pass the filter. */
  readonly targets: readonly ActiveTargetJson[]
}

/** Targets by pool: every word of the filter is found in a label, the URL or the fault. Pools without any are left out. */
export function filterTargets(
  targets: readonly ActiveTargetJson[],
  { text, health }: TargetFilter,
): readonly Pool[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const pools = new Map<string, ActiveTargetJson[]>()
  for (const target of targets) {
    const members = pools.get(target.scrapePool)
    if (members) members.push(target)
    else pools.set(target.scrapePool, [target])
  }
  return [...pools].flatMap(([name, members]) => {
    const shown = members.filter(
      (target) => (health === 'all' || target.health === health) && hasWords(target, words),
    )
    const up = members.filter((target) => target.health === 'up').length
    return shown.length === 0 ? [] : [{ name, up, total: members.length, targets: shown }]
  })
}

function hasWords(target: ActiveTargetJson, words: readonly string[]): boolean {
  const labels = Object.entries(target.labels).map(([name, value]) => `${name}="${value}"`)
  const text = [...labels, target.scrapeUrl, target.lastError].join('\n').toLowerCase()
  return words.every((word) => text.includes(word))
}
