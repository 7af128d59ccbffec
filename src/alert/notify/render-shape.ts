import { FaultList } from '../../yaml/fault.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { parseYaml } from '../../yaml/parse.ts'
import type { Rendered } from './receiver-kind.ts'
import type { TemplateShape } from './template-shape.ts'

/** A longer text is no number and no list that somebody wrote into a template by hand. */
const MAX_YAML_CHARS = 64 * 1024
const MAX_DEPTH = 100

/**
 * Renders all texts of a value, names of fields too. A text that reads as YAML of another type becomes that: `{{ len .Alerts }}`
 * is a number and `{{ .Alerts | toJson }}` a list (template.go, DeepCopyWithTemplate). What a template yields is final and not
 * rendered again.
 */
export function renderShape(
  shape: TemplateShape,
  render: (template: string) => Rendered,
): TemplateShape {
  if (typeof shape === 'string') {
    const { text, error } = render(shape)
    return error === undefined ? typedValue(text) : text
  }
  if (typeof shape !== 'object' || shape === null) return shape
  if (isList(shape)) return shape.map((item) => renderShape(item, render))
  const entries = Object.entries(shape).map(([name, value]): [string, TemplateShape] => [
    render(name).text,
    renderShape(value, render),
  ])
  return Object.fromEntries(entries)
}

/** What most texts are: words that mean nothing to YAML. */
const WORDS = /^[\p{L} ]+$/u
const CONSTANT = /^\s*(?:true|false|yes|no|on|off|y|n|null)\s*$/i

function typedValue(text: string): TemplateShape {
  if (text === '') return null
  if (WORDS.test(text) && !CONSTANT.test(text)) return text
  return jsonShape(text) ?? yamlValue(text)
}

/** A list or mapping as `toJson` writes it; undefined for what is none, the text itself where it is nested too deep. */
export function jsonShape(text: string): TemplateShape | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isShape(value, 0) ? value : text
  } catch {
    return undefined
  }
}

/** What JSON yields has this type; only its depth is in question. */
function isShape(value: unknown, depth: number): value is TemplateShape {
  if (typeof value !== 'object' || value === null) return true
  return depth < MAX_DEPTH && Object.values(value).every((item) => isShape(item, depth + 1))
}

function yamlValue(text: string): TemplateShape {
  // Anchors could make much of little.
  if (text.length > MAX_YAML_CHARS || /(?:^|[\s[{,:-])[&*]\S/.test(text)) return text
  const faults = new FaultList()
  const node = parseYaml(text, { file: 'value', faults })
  const value = node === undefined ? text : valueOf(node)
  return typeof value === 'string' || faults.items.length > 0 ? text : value
}

function valueOf(node: YamlNode): TemplateShape {
  if (node.isEmpty) return null
  if (node.isMap) {
    const entries = node.asMap()?.entries() ?? []
    return Object.fromEntries(entries.map((entry) => [entry.name, valueOf(entry)]))
  }
  if (!node.isScalar) return (node.asList() ?? []).map(valueOf)
  const value = node.asScalar()
  // JSON has no infinities.
  if (typeof value === 'number' && !Number.isFinite(value)) return node.asRawString() ?? ''
  return value ?? null
}

function isList(shape: object): shape is readonly TemplateShape[] {
  return Array.isArray(shape)
}
