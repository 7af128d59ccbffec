const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
}

const DURATION =
  /^(?:([0-9]+)y)?(?:([0-9]+)w)?(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?$/

/**
 * Prometheus's duration (common/model.ParseDuration): `1h30m`, units y w d h m s ms, each at most once and in that order;
 * `0` alone is allowed. Returns milliseconds, or undefined when the text is not a duration.
 */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0
  if (text === '') return undefined
  const found = DURATION.exec(text)
  if (!found) return undefined
  const units = ['y', 'w', 'd', 'h', 'm', 's', 'ms']
  let total = 0
  for (let i = 0; i < units.length; i++) {
    const digits = found[i + 1]
    if (digits !== undefined) total += Number(digits) * (UNIT_MS[units[i] as string] as number)
  }
  return total
}

/** Prometheus's notation of a duration (common/model.Duration.String): `1h30m`, `15s`, `1y` only when it divides. */
export function formatDurationMs(durationMs: number): string {
  if (durationMs === 0) return '0s'
  let rest = Math.abs(durationMs)
  let out = durationMs < 0 ? '-' : ''
  const take = (unit: string, exact: boolean): void => {
    const size = UNIT_MS[unit] as number
    if (exact && rest % size !== 0) return
    const count = Math.floor(rest / size)
    if (count > 0) {
      out += `${count}${unit}`
      rest -= count * size
    }
  }
  take('y', true)
  take('w', true)
  take('d', false)
  take('h', false)
  take('m', false)
  take('s', false)
  take('ms', false)
  return out
}
