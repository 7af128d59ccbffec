interface Series {
  readonly metric?: Readonly<Record<string, string>>
  readonly value?: readonly [number, string]
  readonly values?: readonly (readonly [number, string])[]
}

const TOLERANCE = 1e-9

/** The first difference between two answers of the Prometheus API, in words; undefined when they agree. Order of series is free. */
export function differenceOf(own: unknown, judge: unknown): string | undefined {
  const left = resultOf(own)
  const right = resultOf(judge)
  if (left.length !== right.length) return `${left.length} results instead of ${right.length}`
  const byKey = new Map(left.map((one) => [keyOf(one), one]))
  for (const wanted of right) {
    const found = byKey.get(keyOf(wanted))
    if (found === undefined) return `no ${keyOf(wanted)}`
    const difference = differenceOfValues(valuesOf(found), valuesOf(wanted))
    if (difference !== undefined) return `${keyOf(wanted)}: ${difference}`
  }
  return undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isSeries(value: unknown): value is Series {
  return isRecord(value) && isRecord(value['metric'])
}

function resultOf(answer: unknown): readonly unknown[] {
  const data = isRecord(answer) ? answer['data'] : undefined
  const result = isRecord(data) && !Array.isArray(data) ? data['result'] : data
  return Array.isArray(result) ? result : []
}

function keyOf(one: unknown): string {
  if (!isRecord(one)) return String(one)
  const labels = isSeries(one) ? (one.metric ?? {}) : one
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function valuesOf(one: unknown): readonly (readonly [number, string])[] {
  if (!isSeries(one)) return []
  return one.values ?? (one.value ? [one.value] : [])
}

function differenceOfValues(
  own: readonly (readonly [number, string])[],
  judge: readonly (readonly [number, string])[],
): string | undefined {
  if (own.length !== judge.length) return `${own.length} values instead of ${judge.length}`
  for (const [i, [time, text]] of judge.entries()) {
    const [ownTime, ownText] = own[i] ?? [0, '']
    if (Math.abs(ownTime - time) > 0.0005) return `time ${ownTime} instead of ${time}`
    if (ownText === text) continue
    const difference = Math.abs(Number(ownText) - Number(text))
    if (!(difference <= TOLERANCE * Math.abs(Number(text))))
      return `${ownText} instead of ${text} at ${time}`
  }
  return undefined
}
