/** The number that a value of an answer stands for: infinities come as `+Inf` and `-Inf`, what is no number as `NaN`. */
export function parseSampleValue(text: string): number {
  if (text === '+Inf') return Infinity
  return text === '-Inf' ? -Infinity : Number(text)
}
