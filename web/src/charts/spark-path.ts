/** The path of a line through the values, scaled to their own least and most. */
export function sparkPath(values: Float64Array, widthPx: number, heightPx: number): string {
  let [min, max] = [Infinity, -Infinity]
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    min = Math.min(min, value)
    max = Math.max(max, value)
  }
  if (min > max) return ''
  const span = max - min || 1
  const inner = heightPx - 4
  const parts: string[] = []
  let isOpen = false
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) {
      isOpen = false
      return
    }
    const x = values.length < 2 ? 0 : (i / (values.length - 1)) * widthPx
    const y = max === min ? heightPx / 2 : 2 + inner * (1 - (value - min) / span)
    parts.push(`${isOpen ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`)
    isOpen = true
  })
  // A line of one point has no length; with round caps it is a dot.
  return parts.map((part, i) => (isAlone(parts, i) ? `${part}h0` : part)).join('')
}

function isAlone(parts: readonly string[], i: number): boolean {
  return parts[i]?.startsWith('M') === true && parts[i + 1]?.startsWith('L') !== true
}
