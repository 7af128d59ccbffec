import type { YamlNode } from '../../yaml/node.ts'

const UNITS_MS: Readonly<Record<string, number>> = {
  ...{ ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 },
}

/** A duration as Go writes it (`1.5s`, `100us`, `1h30m`), in milliseconds; days of Prometheus's notation are taken, too. */
export function readGoDurationMs(node: YamlNode): number | undefined {
  const text = node.asString()
  if (text === undefined) return undefined
  if (text === '0') return 0
  if (!/^(?:[0-9]+(?:\.[0-9]*)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return node.durationMs()
  let totalMs = 0
  for (const [, number, unit] of text.matchAll(/([0-9]+(?:\.[0-9]*)?)(ns|us|µs|ms|s|m|h)/g))
    totalMs += Number(number) * (UNITS_MS[unit ?? ''] ?? 0)
  return totalMs
}

/** A duration that is longer than nothing. */
export function readPositiveDurationMs(node: YamlNode): number | undefined {
  const value = readGoDurationMs(node)
  return value === 0 ? node.error('must be longer than 0') : value
}
