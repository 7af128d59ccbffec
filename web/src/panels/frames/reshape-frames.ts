import {
  createDataFrame,
  FieldType,
  getFieldDisplayName,
  type DataFrame,
  type Field,
} from '@grafana/data'
import {
  flagOf,
  isObject,
  listOf,
  objectOf,
  objectsOf,
  textOf,
  type JsonObject,
} from '../../../../src/lang/dashboard/json-value.ts'

/** Takes the parts of a text field (JSON, `key=value` pairs) out as fields of their own. */
export function extractFields(frames: DataFrame[], options: JsonObject): DataFrame[] {
  const source = textOf(options['source'])
  return frames.map((frame) => {
    const field = frame.fields.find(
      (one) => getFieldDisplayName(one, frame, frames) === source || one.name === source,
    )
    if (!field) return frame
    const rows = field.values.map((value: unknown) =>
      readParts(value, textOf(options['format']) ?? 'auto'),
    )
    const paths = objectsOf(options['jsonPaths']).map((one) => textOf(one['path']) ?? '')
    const found = rows.map((row) => (paths.length > 0 ? pickPaths(row, options) : row))
    const names = [...new Set(found.flatMap((row) => Object.keys(row)))]
    const extracted = names.map((name) =>
      fieldOf(
        name,
        found.map((row) => row[name]),
      ),
    )
    const kept =
      flagOf(options['replace']) === true
        ? frame.fields.filter((one) => one.type === FieldType.time && options['keepTime'] === true)
        : frame.fields
    return { ...frame, fields: [...kept, ...extracted] }
  })
}

function readParts(value: unknown, format: string): JsonObject {
  if (isObject(value)) return value
  const text = textOf(value) ?? ''
  if (format === 'kvp' || (format === 'auto' && !text.trimStart().startsWith('{'))) {
    const pairs = text.matchAll(/([\w.-]+)\s*[=:]\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)
    return Object.fromEntries(
      [...pairs].map(([, key, quoted, bare]) => [key ?? '', quoted ?? bare]),
    )
  }
  try {
    return objectOf(JSON.parse(text))
  } catch {
    return {}
  }
}

function pickPaths(row: JsonObject, options: JsonObject): JsonObject {
  return Object.fromEntries(
    objectsOf(options['jsonPaths']).map((one) => {
      const path = textOf(one['path']) ?? ''
      let value: unknown = row
      for (const key of path.split('.')) value = isObject(value) ? value[key] : undefined
      return [textOf(one['alias']) ?? path, value]
    }),
  )
}

/** A field whose type is what its values look like. */
function fieldOf(name: string, values: unknown[]): Field {
  const present = values.filter((value) => value !== undefined && value !== null && value !== '')
  const isNumeric = present.length > 0 && present.every((value) => Number.isFinite(Number(value)))
  const type = isNumeric ? FieldType.number : FieldType.string
  const read = (value: unknown): unknown => {
    if (value === undefined || value === null) return null
    return isNumeric ? Number(value) : isObject(value) ? JSON.stringify(value) : value
  }
  return { name, type, config: {}, values: values.map(read) }
}

/** Makes each row of a table a field: one column names it, another is its value, others configure or label it. */
export function rowsToFields(frames: DataFrame[], options: JsonObject): DataFrame[] {
  const mappings = objectsOf(options['mappings'])
  return frames.map((frame) => {
    const mapped = (handler: string): Field | undefined => {
      const name = mappings.find((one) => one['handlerKey'] === handler)?.['fieldName']
      return frame.fields.find((field) => getFieldDisplayName(field, frame) === name)
    }
    const names = mapped('field.name') ?? frame.fields.find((one) => one.type === FieldType.string)
    const values =
      mapped('field.value') ?? frame.fields.find((one) => one.type === FieldType.number)
    if (!names || !values) return frame
    const others = frame.fields.filter((one) => one !== names && one !== values)
    const fields = names.values.map((name: unknown, row): Field => {
      const config: Record<string, unknown> = { ...values.config }
      const labels: Record<string, string> = {}
      for (const other of others) {
        const own = getFieldDisplayName(other, frame)
        const handler = textOf(mappings.find((one) => one['fieldName'] === own)?.['handlerKey'])
        const cell: unknown = other.values[row]
        if (handler === '__ignore') continue
        if (handler === undefined || handler === 'field.label') labels[own] = textOf(cell) ?? ''
        else config[handler] = cell
      }
      return {
        name: textOf(name) ?? '',
        type: values.type,
        config,
        labels,
        values: [values.values[row]],
      }
    })
    return { ...frame, length: 1, fields }
  })
}

function takeRows(field: Field, rows: readonly number[], labels: Record<string, string>): Field {
  return {
    ...field,
    values: rows.map((row) => field.values[row] as unknown),
    ...(field.type === FieldType.number ? { labels: { ...field.labels, ...labels } } : {}),
  }
}

/** One frame for each combination of the values of some fields. */
export function partitionByValues(frames: DataFrame[], options: JsonObject): DataFrame[] {
  const wanted = listOf(options['fields'])
  const keeps = options['keepFields'] === true
  return frames.flatMap((frame) => {
    const keys = frame.fields.filter((field) => wanted.includes(getFieldDisplayName(field, frame)))
    if (keys.length === 0) return [frame]
    const groups = new Map<string, number[]>()
    for (let row = 0; row < frame.length; row++) {
      const key = JSON.stringify(keys.map((field) => field.values[row] as unknown))
      groups.set(key, [...(groups.get(key) ?? []), row])
    }
    return [...groups.values()].map((rows) => {
      const first = rows[0] ?? 0
      const labels = Object.fromEntries(keys.map((key) => [key.name, String(key.values[first])]))
      const kept = frame.fields.filter((field) => keeps || !keys.includes(field))
      return createDataFrame({
        ...(frame.refId === undefined ? {} : { refId: frame.refId }),
        name: Object.values(labels).join(' '),
        fields: Array.from(kept, (field) => takeRows(field, rows, labels)),
      })
    })
  })
}
