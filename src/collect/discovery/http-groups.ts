import { isJsonObject } from './json-value.ts'

/** A group as `http_sd_configs` reads it. */
export interface HttpGroup {
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

/** Reads `[{"targets": [...], "labels": {...}}]` as strictly as Prometheus (discovery/targetgroup). Throws with the place of what is wrong. */
export function readHttpGroups(text: string): readonly HttpGroup[] {
  const read = parse(text)
  if (!Array.isArray(read)) throw new Error('the answer is not a list of target groups')
  return read.map((item: unknown, i) => readGroup(item, `[${i}]`))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('the answer is not JSON, or not all of it')
  }
}

function readGroup(item: unknown, place: string): HttpGroup {
  if (!isJsonObject(item)) throw new Error(`${place} is not a target group`)
  for (const key of Object.keys(item)) {
    if (key !== 'targets' && key !== 'labels')
      throw new Error(`${place}.${key.slice(0, 100)} is unknown: a group has targets and labels`)
  }
  return {
    targets: readTargets(item['targets'] ?? [], `${place}.targets`),
    labels: readLabels(item['labels'] ?? {}, `${place}.labels`),
  }
}

function readTargets(value: unknown, place: string): readonly string[] {
  if (!Array.isArray(value)) throw new Error(`${place} is not a list`)
  return value.map((target: unknown, i) => {
    if (typeof target !== 'string') throw new Error(`${place}[${i}] is not a text`)
    return target
  })
}

function readLabels(value: unknown, place: string): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) throw new Error(`${place} is not an object`)
  const labels: [string, string][] = []
  for (const [name, label] of Object.entries(value)) {
    if (typeof label !== 'string') throw new Error(`${place}.${name.slice(0, 100)} is not a text`)
    if (name === '') throw new Error(`${place} has a label without a name`)
    labels.push([name, label])
  }
  return Object.fromEntries(labels)
}
