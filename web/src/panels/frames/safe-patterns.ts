import {
  FieldMatcherID,
  fieldMatchers,
  FrameMatcherID,
  frameMatchers,
  getFieldDisplayName,
  ValueMatcherID,
  valueMatchers,
  type DataFrame,
} from '@grafana/data'
import {
  isObject,
  listOf,
  objectOf,
  textOf,
  type JsonObject,
} from '../../../../src/lang/dashboard/json-value.ts'
import type { FieldConfig } from '../../../../src/lang/dashboard/model.ts'
import { compilePattern } from '../../../../src/lang/dashboard/pattern.ts'

/** More distinct texts of a column than these are no names of states. */
const MOST_TEXTS = 5000

/**
 * Makes the matchers of Grafana's library use RE2: they would run a dashboard's regexes natively, where one over long names can
 * stop the page.
 */
export function installSafePatterns(): void {
  fieldMatchers.get(FieldMatcherID.byRegexp).get = (pattern: unknown) => {
    const regex = compilePattern(textOf(pattern) ?? '')
    return (field, frame, all) => regex?.test(getFieldDisplayName(field, frame, all)) ?? false
  }
  frameMatchers.get(FrameMatcherID.byRefId).get = (pattern: unknown) => {
    const text = textOf(pattern) ?? ''
    const regex = text.startsWith('/') ? compilePattern(text) : undefined
    const names = text.split('|')
    return ({ refId = '' }) => regex?.test(refId) ?? (refId === text || names.includes(refId))
  }
  valueMatchers.get(ValueMatcherID.regex).get = (options: unknown) => {
    const regex = compilePattern(textOf(objectOf(options)['value']) ?? '')
    return (index, field) => {
      const value: unknown = field.values[index]
      return value !== null && value !== undefined && (regex?.test(textOf(value) ?? '') ?? false)
    }
  }
}

/** Names of fields by a regex, as Grafana's transformation of this name. */
export function renameByRegex(frames: DataFrame[], options: JsonObject): DataFrame[] {
  const regex = compilePattern(textOf(options['regex']) ?? '(.*)')
  const by = textOf(options['renamePattern']) ?? '$1'
  if (!regex) return frames
  return Array.from(frames, (frame) => ({
    ...frame,
    fields: frame.fields.map((field) => {
      const name = getFieldDisplayName(field, frame)
      if (!regex.test(name)) return field
      const displayName = regex.replace(name, by)
      return Object.assign({}, field, {
        config: { ...field.config, displayName },
        state: { ...field.state, displayName },
      })
    }),
  }))
}

/** The configuration with mappings of texts in place of mappings by regex, for the texts that the frames hold. */
export function withoutRegexMappings(config: FieldConfig, frames: DataFrame[]): FieldConfig {
  const { defaults, overrides } = config
  const isUsed =
    holdsRegex(defaults['mappings']) ||
    overrides.some((rule) => rule.properties.some(({ value }) => holdsRegex(value)))
  if (!isUsed) return config
  const texts = distinctTexts(frames)
  return {
    defaults: { ...defaults, mappings: spellOut(defaults['mappings'], texts) },
    overrides: overrides.map((rule) =>
      Object.assign({}, rule, {
        properties: rule.properties.map(({ id, value }) => ({
          id,
          value: id === 'mappings' ? spellOut(value, texts) : value,
        })),
      }),
    ),
  }
}

function holdsRegex(mappings: unknown): boolean {
  return listOf(mappings).some((one) => isObject(one) && one['type'] === 'regex')
}

function spellOut(mappings: unknown, texts: readonly string[]): unknown {
  if (!holdsRegex(mappings)) return mappings
  return listOf(mappings).map((mapping) => {
    if (!isObject(mapping) || mapping['type'] !== 'regex') return mapping
    const { pattern, result } = objectOf(mapping['options'])
    const regex = compilePattern(textOf(pattern) ?? '')
    const { text, ...rest } = objectOf(result)
    const by = textOf(text)
    const fitting = texts.filter((one) => regex?.test(one))
    // Texts are the keys: none of them may be one that every object has.
    const entries = fitting.map((one): [string, unknown] => [
      one,
      by === undefined ? rest : { ...rest, text: regex?.replace(one, by) },
    ])
    return { type: 'value', options: withoutPrototype(Object.fromEntries(entries)) }
  })
}

function withoutPrototype(object: JsonObject): JsonObject {
  Object.setPrototypeOf(object, null)
  return object
}

function distinctTexts(frames: readonly DataFrame[]): string[] {
  const found = new Set<string>()
  for (const { fields } of frames) {
    for (const { values } of fields) {
      for (const value of values) {
        if (typeof value === 'string') found.add(value)
        if (found.size >= MOST_TEXTS) return [...found]
      }
    }
  }
  return [...found]
}
