/** Round values between two, about as many as wanted. */
export function valueTicks(low: number, high: number, wanted: number): number[] {
  const span = high - low
  if (!(span > 0) || !Number.isFinite(span)) return [low]
  const power = 10 ** Math.floor(Math.log10(span / wanted))
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => span / one <= wanted) ?? span
  const out: number[] = []
  for (let i = Math.ceil(low / step); i * step <= high + step / 1e6; i++) out.push(i * step)
  return out
}

/** Room for the longest of some texts at 11 pixels. */
export function sparePx(texts: readonly string[]): number {
  const longest = Math.max(0, ...texts.map((text) => Math.min(24, text.length)))
  return Math.max(30, longest * 6.2 + 12)
}
