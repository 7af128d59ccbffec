import { isObject, listOf, textOf } from './json-value.ts'
import type { DatasourceRef } from './model.ts'

/** `{key: value}`, or nothing when there is no value: how absent keys stay absent. */
export function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V }
export function optional(key: string, value: unknown): object {
  return value === undefined ? {} : { [key]: value }
}

export function textList(value: unknown): string[] {
  return listOf(value)
    .map(textOf)
    .filter((one) => one !== undefined)
}

export function parseRef(value: unknown): DatasourceRef | undefined {
  if (!isObject(value)) return undefined
  const ref = {
    ...optional('type', textOf(value['type'])),
    ...optional('uid', textOf(value['uid'])),
  }
  return ref
}
