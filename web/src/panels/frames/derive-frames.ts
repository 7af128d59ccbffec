import {
  createDataFrame,
  FieldType,
  getFieldDisplayName,
  reduceField,
  type DataFrame,
  type Field,
  type FieldConfig,
} from '@grafana/data'
import {
  listOf,
  numberOf,
  objectOf,
  objectsOf,
  textOf,
  type JsonObject,
} from '../../../../src/lang/dashboard/json-value.ts'

const MOST_BUCKETS = 200

/** Counts the values of series by time and size, as one field a bucket of size: what a heatmap draws. */
export function calculateHeatmap(frames: DataFrame[], options: JsonObject): DataFrame[] {
  const points: [number, number][] = []
  for (const frame of frames) {
    const time = frame.fields.find((field) => field.type === FieldType.time)
    for (const field of frame.fields) {
      if (!time || field.type !== FieldType.number) continue
      field.values.forEach((value: unknown, i) => {
        const timeMs: unknown = time.values[i]
        if (typeof value === 'number' && Number.isFinite(value) && typeof timeMs === 'number') {
          points.push([timeMs, value])
        }
      })
    }
  }
  if (points.length === 0) return frames
  const xs = bucketer(
    points.map(([x]) => x),
    objectOf(options['xBuckets']),
    40,
  )
  const ys = bucketer(
    points.map(([, y]) => y),
    objectOf(options['yBuckets']),
    12,
  )
  const times = Array.from({ length: xs.count }, (_none, i) => xs.from(i))
  const counts = Array.from({ length: ys.count }, () => new Array<number>(xs.count).fill(0))
  for (const [x, y] of points) {
    const row = counts[ys.at(y)]
    const column = xs.at(x)
    if (row) row[column] = (row[column] ?? 0) + 1
  }
  return [
    createDataFrame({
      fields: [
        { name: 'Time', type: FieldType.time, config: {}, values: times },
        ...counts.map((values, i) => ({
          name: String(Number(ys.from(i + 1).toPrecision(6))),
          type: FieldType.number,
          config: {},
          values,
        })),
      ],
    }),
  ]
}

interface Bucketer {
  readonly count: number
  at(value: number): number
  /** Where a bucket begins. */
  from(index: number): number
}

function bucketer(values: readonly number[], options: JsonObject, fallback: number): Bucketer {
  let [low, high] = [Infinity, -Infinity]
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  const wanted = numberOf(options['value'])
  const log = numberOf(objectOf(options['scale'])['log'])
  if (log !== undefined && high > 0) {
    const least = low > 0 ? low : high / log ** 10
    const start = Math.floor(Math.log(least) / Math.log(log))
    const count = Math.min(MOST_BUCKETS, Math.ceil(Math.log(high) / Math.log(log)) - start + 1)
    const index = (value: number): number => Math.floor(Math.log(value) / Math.log(log)) - start
    return {
      count,
      at: (value) => clamp(value > 0 ? index(value) : 0, count),
      from: (i) => log ** (start + i),
    }
  }
  const isSize = options['mode'] === 'size' && wanted !== undefined && wanted > 0
  const span = high - low || 1
  const size = isSize
    ? wanted
    : niceStep(span / (wanted !== undefined && !isSize ? wanted : fallback))
  const start = Math.floor(low / size) * size
  const count = Math.min(MOST_BUCKETS, Math.floor((high - start) / size) + 1)
  return {
    count,
    at: (value) => clamp(Math.floor((value - start) / size), count),
    from: (i) => start + i * size,
  }
}

function clamp(index: number, count: number): number {
  return Math.max(0, Math.min(count - 1, index))
}

function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step))
  const rest = step / power
  return (rest <= 1 ? 1 : rest <= 2 ? 2 : rest <= 5 ? 5 : 10) * power
}

/** Takes options of fields (unit, max, thresholds, …) from the answer of one query and gives them to the others' fields. */
export function configFromData(frames: DataFrame[], options: JsonObject): DataFrame[] {
  const refId = textOf(options['configRefId']) ?? 'config'
  const source = frames.find((frame) => frame.refId === refId)
  if (!source) return frames
  const mappings = objectsOf(options['mappings'])
  const config: Record<string, unknown> = {}
  for (const field of source.fields) {
    const name = getFieldDisplayName(field, source, frames)
    const mapping = mappings.find((one) => one['fieldName'] === name)
    const handler = textOf(mapping?.['handlerKey']) ?? (mapping ? undefined : implied(name))
    if (handler === undefined || handler === '__ignore') continue
    const calc = textOf(mapping?.['reducerId']) ?? 'lastNotNull'
    const value: unknown = reduceField({ field, reducers: [calc] })[calc]
    setOption(config, handler, value)
  }
  const matcher = objectOf(options['applyTo'])
  const isTarget = (field: Field, frame: DataFrame): boolean =>
    matcher['id'] === 'byName'
      ? getFieldDisplayName(field, frame, frames) === matcher['options']
      : field.type === FieldType.number
  return Array.from(
    frames.filter((frame) => frame !== source),
    (frame) => ({
      ...frame,
      fields: frame.fields.map((field) =>
        isTarget(field, frame) ? withConfig(field, config) : field,
      ),
    }),
  )
}

function implied(name: string): string | undefined {
  const plain = name.toLowerCase()
  return ['min', 'max', 'unit', 'decimals', 'color'].includes(plain) ? plain : undefined
}

function setOption(config: Record<string, unknown>, handler: string, value: unknown): void {
  if (handler === 'color') config['color'] = { mode: 'fixed', fixedColor: value }
  else if (handler.startsWith('threshold')) {
    const steps = [
      { value: -Infinity, color: 'green' },
      { value, color: 'red' },
    ]
    config['thresholds'] = { mode: 'absolute', steps }
  } else config[handler] = value
}

function withConfig(field: Field, config: FieldConfig): Field {
  return { ...field, config: { ...field.config, ...config } }
}

/** A table with a row for each combination of labels and a column for each value of one label. */
export function joinByLabels(frames: DataFrame[], options: JsonObject): DataFrame[] {
  const label = textOf(options['value']) ?? ''
  const by = listOf(options['join'])
  const rows = new Map<string, Record<string, unknown>>()
  const columns = new Set<string>()
  const keys = new Set<string>()
  for (const frame of frames) {
    for (const field of frame.fields) {
      const name = field.labels?.[label]
      if (field.type !== FieldType.number || name === undefined) continue
      const others = Object.entries(field.labels ?? {}).filter(
        ([key]) => key !== label && (by.length === 0 || by.includes(key)),
      )
      for (const [key] of others) keys.add(key)
      const id = JSON.stringify(others)
      const row = rows.get(id) ?? Object.fromEntries(others)
      row[name] = field.values.at(-1)
      columns.add(name)
      rows.set(id, row)
    }
  }
  const all = [...rows.values()]
  const fieldFor = (name: string, type: FieldType): Field => ({
    ...{ name, type, config: {} },
    values: all.map((row) => row[name] ?? null),
  })
  return [
    createDataFrame({
      fields: [
        ...[...keys].map((name) => fieldFor(name, FieldType.string)),
        ...[...columns].map((name) => fieldFor(name, FieldType.number)),
      ],
    }),
  ]
}
