import type { Datasource } from './datasource.ts'
import { isObject, objectOf, objectsOf, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import type { ReportDraft } from './report.ts'

/** What the migrations of one panel need to know of its dashboard. */
export interface MigrationContext {
  readonly schemaVersion: number
  readonly datasources: readonly Datasource[]
  readonly draft: ReportDraft
}

/** The title of a panel for a report. */
export function titleOf(panel: JsonObject): string {
  return textOf(panel['title']) ?? ''
}

/** The panel with a new type, options and field configuration, without the keys of the old one. */
export function replacePanel(
  panel: JsonObject,
  dropped: readonly string[],
  next: { type: string; options: JsonObject; fieldConfig: JsonObject } & JsonObject,
): JsonObject {
  const kept: JsonObject = { ...panel }
  for (const key of dropped) delete kept[key]
  const { alert } = kept
  if (!isObject(alert)) delete kept['alert']
  return { ...kept, ...next }
}

/** The field configuration of a panel as far as it has one. */
export function fieldConfigOf(panel: JsonObject): {
  defaults: JsonObject
  overrides: JsonObject[]
} {
  const config = objectOf(panel['fieldConfig'])
  return {
    defaults: { ...objectOf(config['defaults']) },
    overrides: [...objectsOf(config['overrides'])],
  }
}
