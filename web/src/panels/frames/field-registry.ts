import {
  FieldConfigOptionsRegistry,
  FieldConfigProperty,
  standardEditorsRegistry,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  TransformerCategory,
  type FieldConfigPropertyItem,
} from '@grafana/data'
import { isObject, textOf } from '../../../../src/lang/dashboard/json-value.ts'
import type { FieldConfig } from '../../../../src/lang/dashboard/model.ts'

import { installSafePatterns } from './safe-patterns.ts'

/**
 * Grafana's library knows no option of a field until its registry is filled: defaults and overrides would silently do nothing
 * (its editors fill it in Grafana; here are no editors).
 */
const STANDARD_IDS: readonly string[] = [
  FieldConfigProperty.DisplayName,
  ...['unit', 'min', 'max', 'decimals', 'noValue', 'color', 'thresholds', 'mappings', 'links'],
  ...['filterable', 'fieldMinMax', 'description', 'nullValueMode', 'actions', 'displayNameFromDS'],
]
const NUMERIC = new Set(['min', 'max', 'decimals'])

type Item = FieldConfigPropertyItem

function standardItem(id: string): Item {
  return {
    ...{ id, path: id, name: id, description: '' },
    shouldApply: () => true,
    process: (value: unknown, context): unknown => {
      if (value === undefined || value === null) return undefined
      if (NUMERIC.has(id)) return Number.parseFloat(textOf(value) ?? '')
      if (id !== 'displayName' || !context.replaceVariables) return value
      return context.replaceVariables(textOf(value) ?? '', context.field?.state?.scopedVars)
    },
    ...unedited,
  }
}

/** Options of one panel type live below `custom`; their ids are those that the panel itself names. */
function customItem(path: string): Item {
  return {
    ...{ id: `custom.${path}`, path, name: path, description: '', isCustom: true },
    shouldApply: () => true,
    process: (value: unknown): unknown => value,
    ...unedited,
  }
}

/** The registry asks each option for its editors, of which there are none. */
const unedited = { editor: () => null, override: () => null }

let isSetUp = false

/** Fills the library's registries; once is enough. */
export function setUpGrafanaData(): void {
  if (isSetUp) return
  isSetUp = true
  installSafePatterns()
  standardEditorsRegistry.setInit(() => [])
  standardFieldConfigEditorRegistry.setInit(() => STANDARD_IDS.map(standardItem))
  standardTransformersRegistry.setInit(() => {
    // `seriesToColumns` is the same one under a second key, and ids must be unique.
    const byId = new Map(Object.values(standardTransformers).map((one) => [one.id, one]))
    return [...byId.values()].map((one) => ({
      id: one.id,
      name: one.name,
      imageDark: '',
      imageLight: '',
      transformation: () => Promise.resolve(one),
      editor: () => null,
      categories: new Set([TransformerCategory.Reformat]),
    }))
  })
}

const registries = new Map<string, FieldConfigOptionsRegistry>()

/** The options that a field configuration may set: the standard ones, and whatever it names below `custom`. */
export function registryFor(config: FieldConfig): FieldConfigOptionsRegistry {
  const { custom } = config.defaults
  const paths = new Set(isObject(custom) ? Object.keys(custom) : [])
  for (const rule of config.overrides) {
    for (const { id } of rule.properties) if (id.startsWith('custom.')) paths.add(id.slice(7))
  }
  const key = [...paths].toSorted().join(' ')
  const known = registries.get(key)
  if (known) return known
  const registry = new FieldConfigOptionsRegistry(() => [
    ...STANDARD_IDS.map(standardItem),
    ...[...paths].map(customItem),
  ])
  registries.set(key, registry)
  return registry
}
