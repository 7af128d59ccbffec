import type { YamlNode } from '../../yaml/node.ts'
import type { PlainValue } from '../../yaml/section.ts'
import { readTemplate } from './fields.ts'

/** A value as JSON knows it, whose texts may be Go templates (`details` of PagerDuty, `fields` of Jira, `payload`). */
export type TemplateShape =
  | string
  | number
  | boolean
  | null
  | readonly TemplateShape[]
  | { readonly [key: string]: TemplateShape }

/** Reads a value of any shape: unquoted numbers and booleans keep their type. */
export function readShape(node: YamlNode): TemplateShape {
  if (node.isEmpty) return null
  if (node.isMap) return readShapeMap(node)
  if (!node.isScalar) return (node.asList() ?? []).map(readShape)
  const value = node.asScalar()
  return typeof value === 'string' ? (readTemplate(node) ?? '') : (value ?? null)
}

/** Free keys with values of any shape. */
export function readShapeMap(node: YamlNode): Readonly<Record<string, TemplateShape>> {
  const entries = node.asMap()?.entries() ?? []
  return Object.fromEntries(entries.map((entry) => [entry.name, readShape(entry)]))
}

/** The value for `printYaml`; nothing prints as an empty text. */
export function printShape(shape: TemplateShape): PlainValue {
  if (shape === null) return ''
  if (typeof shape !== 'object') return shape
  if (isList(shape)) return shape.map(printShape)
  return Object.fromEntries(Object.entries(shape).map(([key, value]) => [key, printShape(value)]))
}

function isList(shape: object): shape is readonly TemplateShape[] {
  return Array.isArray(shape)
}
