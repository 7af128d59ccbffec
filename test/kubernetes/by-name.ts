import { expect } from 'vitest'
import { parse } from 'yaml'
import { isMap, mapAt, type Json } from './json.ts'
import { nameOf } from './read-manifests.ts'

/** Objects by kind and name, for comparing: files count as what they hold, and sums of files that are written differently are equal. */
export function byName(manifests: readonly Json[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    manifests.map((one) => {
      if (one['kind'] !== 'ConfigMap') return [nameOf(one), withoutSums(one)]
      const files = Object.entries(mapAt(one, 'data'))
      const data = Object.fromEntries(files.map(([name, text]) => [name, parse(String(text))]))
      return [nameOf(one), { ...one, data }]
    }),
  )
}

function withoutSums(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSums)
  if (!isMap(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      if (key !== 'checksum/config') return [key, withoutSums(each)]
      expect(each).toMatch(/^[0-9a-f]{64}$/)
      return [key, 'a sum']
    }),
  )
}
