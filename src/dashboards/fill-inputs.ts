import { bindInputs } from '../lang/dashboard/bind-inputs.ts'
import type { Datasource } from '../lang/dashboard/datasource.ts'
import {
  isObject,
  objectOf,
  objectsOf,
  textOf,
  type JsonObject,
} from '../lang/dashboard/json-value.ts'
import { draftReport } from '../lang/dashboard/report.ts'

/**
 * A dashboard with its inputs filled in: those that the importer gives (`[{name, value}]`), and the others as they bind by
 * themselves.
 */
export function fillInputs(
  raw: JsonObject,
  given: unknown,
  datasources: readonly Datasource[],
): JsonObject {
  const values = new Map<string, string>()
  for (const input of objectsOf(given)) {
    const [name, value] = [textOf(input['name']), textOf(input['value'])]
    if (name !== undefined && value !== undefined) values.set(name, value)
  }
  const { __inputs: inputs, ...rest } = raw
  const open = objectsOf(inputs).filter((input) => !values.has(textOf(input['name']) ?? ''))
  const filled = { ...objectOf(fill(rest, values)), __inputs: open }
  return bindInputs(filled, datasources, draftReport())
}

function fill(value: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') {
    if (!value.includes('${')) return value
    return value.replaceAll(
      /\$\{([A-Za-z0-9_-]+)\}/g,
      (all, name: string) => values.get(name) ?? all,
    )
  }
  if (Array.isArray(value)) return value.map((one) => fill(one, values))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, values)]))
}
