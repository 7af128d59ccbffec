import type { Labels } from '../../model/labels.ts'

/** A job's `label_limit`, `label_name_length_limit` and `label_value_length_limit`; 0 is no limit. Lengths are bytes of UTF-8. */
export interface LabelBounds {
  readonly maxCount: number
  readonly maxNameLength: number
  readonly maxValueLength: number
}

/** What breaks a bound, in Prometheus's words (scrape.go, verifyLabelLimits); undefined when nothing does. */
export function faultOfBounds(labels: Labels, bounds: LabelBounds): string | undefined {
  const { maxCount, maxNameLength, maxValueLength } = bounds
  if (maxCount > 0 && labels.size > maxCount) {
    return `label_limit exceeded (metric: ${cut(labels.name)}, number of labels: ${labels.size}, limit: ${maxCount})`
  }
  if (maxNameLength === 0 && maxValueLength === 0) return undefined
  for (let i = 0; i < labels.flat.length; i += 2) {
    const label = labels.flat[i] as string
    const value = labels.flat[i + 1] as string
    const nameLength = Buffer.byteLength(label)
    if (maxNameLength > 0 && nameLength > maxNameLength) {
      return `label_name_length_limit exceeded (metric: ${cut(labels.name)}, label name: ${cut(label)}, length: ${nameLength}, limit: ${maxNameLength})`
    }
    const valueLength = Buffer.byteLength(value)
    if (maxValueLength > 0 && valueLength > maxValueLength) {
      return `label_value_length_limit exceeded (metric: ${cut(labels.name)}, label name: ${cut(label)}, value: ${JSON.stringify(cut(value))}, length: ${valueLength}, limit: ${maxValueLength})`
    }
  }
  return undefined
}

/** The first 50 characters. */
function cut(text: string): string {
  return text.length <= 50 ? text : Array.from(text.slice(0, 100)).slice(0, 50).join('')
}
