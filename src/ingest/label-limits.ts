import type { Labels } from '../model/labels.ts'

/** Bounds of the labels of one series. */
export interface LabelLimits {
  /** `ingest.max-label-names` */
  readonly maxNames: number
  /** `ingest.max-label-name-length`, in UTF-16 units. */
  readonly maxNameLength: number
  /** `ingest.max-label-value-length`, in UTF-16 units. */
  readonly maxValueLength: number
}

export const DEFAULT_LABEL_LIMITS: LabelLimits = {
  maxNames: 128,
  maxNameLength: 1024,
  maxValueLength: 64 * 1024,
}

/** What is wrong with a label set, naming the limit; undefined when nothing is. */
export function faultOfLabels(labels: Labels, limits: LabelLimits): string | undefined {
  if (labels.size > limits.maxNames) {
    return `series has ${labels.size} labels, the limit is ${limits.maxNames} (ingest.max-label-names): ${nameOf(labels)}`
  }
  const flat = labels.flat
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string
    const value = flat[i + 1] as string
    if (name.length > limits.maxNameLength) {
      return `label name ${JSON.stringify(name.slice(0, 50))}… has ${name.length} characters, the limit is ${limits.maxNameLength} (ingest.max-label-name-length)`
    }
    if (value.length > limits.maxValueLength) {
      return `label ${JSON.stringify(name)} of ${nameOf(labels)} has a value of ${value.length} characters, the limit is ${limits.maxValueLength} (ingest.max-label-value-length)`
    }
  }
  return undefined
}

function nameOf(labels: Labels): string {
  return JSON.stringify(labels.name.slice(0, 100))
}
