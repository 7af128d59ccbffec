import { datasourceOfType } from './datasource.ts'
import type { Datasource } from './datasource.ts'
import { isObject, listOf, objectOf, objectsOf, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import type { ReportDraft } from './report.ts'

/**
 * Fills in what an exported dashboard asks its importer for: `__inputs` of type datasource are bound to our source of that
 * plugin, constants to their value. `${DS_…}` that no input declares, as provisioned files have them, are bound the same way.
 * Returns the dashboard without `__inputs`, `__elements` and `__requires`; library panels that the file brings along are
 * put in place.
 */
export function bindInputs(
  raw: JsonObject,
  datasources: readonly Datasource[],
  draft: ReportDraft,
): JsonObject {
  const values = declaredInputs(raw, datasources, draft)
  const variables = new Set(objectsOf(objectOf(raw['templating'])['list']).map((v) => v['name']))
  const required = objectsOf(raw['__requires']).filter((one) => one['type'] === 'datasource')
  const onlyType = required.length === 1 ? textOf(required[0]?.['id']) : undefined
  const bind = (name: string, besideType: string | undefined): string | undefined => {
    const known = values.get(name)
    if (known !== undefined) return known
    if (!name.startsWith('DS_') || variables.has(name)) return undefined
    const type = besideType ?? typeOfName(name) ?? onlyType ?? 'prometheus'
    const source = datasourceOfType(type, datasources)
    if (!source) return undefined
    draft.bound.push({ name, value: source.uid })
    values.set(name, source.uid)
    return source.uid
  }
  const { __inputs, __requires, __elements, ...rest } = raw
  const filled = objectOf(fill(rest, bind))
  return inlineLibraryPanels(filled, libraryModels(fill(__elements, bind)))
}

function declaredInputs(
  raw: JsonObject,
  datasources: readonly Datasource[],
  draft: ReportDraft,
): Map<string, string> {
  const values = new Map<string, string>()
  for (const input of objectsOf(raw['__inputs'])) {
    const name = textOf(input['name'])
    if (name === undefined) continue
    const pluginId = textOf(input['pluginId']) ?? ''
    const value =
      input['type'] === 'datasource'
        ? datasourceOfType(pluginId, datasources)?.uid
        : textOf(input['value'])
    if (value !== undefined) {
      values.set(name, value)
      draft.bound.push({ name, value })
    } else if (input['type'] === 'datasource') {
      const reason = `there is no source of the type ${pluginId} here`
      draft.unsupported.push({ kind: 'datasource', name, reason })
    }
  }
  return values
}

function typeOfName(name: string): string | undefined {
  return ['prometheus', 'loki', 'tempo', 'alertmanager'].find((type) =>
    name.toLowerCase().includes(type),
  )
}

type Bind = (name: string, besideType: string | undefined) => string | undefined

function fill(value: unknown, bind: Bind, besideType?: string): unknown {
  if (typeof value === 'string') {
    if (!value.includes('${')) return value
    return value.replace(
      /\$\{([A-Za-z0-9_]+)\}/g,
      (all, name: string) => bind(name, besideType) ?? all,
    )
  }
  if (Array.isArray(value)) return value.map((one) => fill(one, bind, besideType))
  if (!isObject(value)) return value
  const own = 'uid' in value ? textOf(value['type']) : undefined
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, bind, own)]))
}

/** `__elements`: by uid, or a list in the older form. */
function libraryModels(elements: unknown): Map<string, JsonObject> {
  const models = new Map<string, JsonObject>()
  const all = isObject(elements) ? Object.values(elements) : listOf(elements)
  for (const element of objectsOf(all)) {
    const uid = textOf(element['uid'])
    if (uid !== undefined && isObject(element['model'])) models.set(uid, element['model'])
  }
  return models
}

function inlineLibraryPanels(raw: JsonObject, models: Map<string, JsonObject>): JsonObject {
  if (models.size === 0) return raw
  const place = (panel: unknown): unknown => {
    if (!isObject(panel)) return panel
    const library = objectOf(panel['libraryPanel'])
    const model = models.get(textOf(library['uid']) ?? '')
    if (model) return { ...model, id: panel['id'], gridPos: panel['gridPos'] }
    return 'panels' in panel ? { ...panel, panels: listOf(panel['panels']).map(place) } : panel
  }
  return { ...raw, panels: listOf(raw['panels']).map(place) }
}
