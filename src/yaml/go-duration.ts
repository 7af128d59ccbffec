import type { YamlNode } from './node.ts'

const UNITS_MS: Readonly<Record<string, number>> = {
  ...{ ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3 },
  ...{ ms: 1, s: 1000, m: 60_000, h: 3_600_000 },
}

const DURATION = /^(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|µs|μs|ms|s|m|h))+$/

/** A duration of Go's notation (`200ms`, `1h30m`, `0`; no days), in milliseconds. Reported where it is none. */
export function readGoDuration(node: YamlNode): number | undefined {
  const text = node.asString()
  if (text === undefined) return undefined
  if (text === '0') return 0
  if (!DURATION.test(text)) {
    return node.error(
      `must be a duration such as 200ms, 5s or 1h30m (no days), not ${JSON.stringify(text.slice(0, 50))}`,
    )
  }
  let durationMs = 0
  for (const [, number, unit] of text.matchAll(/([0-9.]+)([a-zµμ]+)/g)) {
    durationMs += Number(number) * (UNITS_MS[unit ?? ''] ?? 0)
  }
  return durationMs
}
