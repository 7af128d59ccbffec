import { DASHBOARD_UID, EXPRESSION_UID } from './datasource.ts'
import { textOf } from './json-value.ts'
import type { DatasourceRef, Dashboard, Panel, Variable } from './model.ts'
import type { ReportDraft, Unsupported } from './report.ts'
import { datasourceTypes, laterPanelTypes, panelTypes, transformations } from './supported.ts'

/** Adds to the report what the dashboard asks for and does not get. */
export function findUnsupported(dashboard: Dashboard, draft: ReportDraft): void {
  const found: Unsupported[] = []
  for (const panel of allPanels(dashboard)) {
    const where = { panelId: panel.id, panelTitle: panel.title }
    for (const one of unsupportedInPanel(panel)) found.push({ ...one, ...where })
  }
  for (const variable of dashboard.variables) found.push(...unsupportedVariable(variable))
  for (const annotation of dashboard.annotations) {
    const reason = annotation.builtIn ? undefined : foreignSource(annotation.datasource)
    if (reason !== undefined) found.push({ kind: 'annotation', name: annotation.name, reason })
  }
  draft.unsupported.push(...found)
}

/** Every panel, rows and the panels within them included. */
export function allPanels(dashboard: Dashboard): Panel[] {
  return dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])])
}

/** Why a panel's type is not drawn; undefined when it is. */
export function whyNoPanelType(type: string): string | undefined {
  if (panelTypes.has(type)) return undefined
  const later = laterPanelTypes[type]
  return later ?? `there is no panel of the type "${type}"; it is kept as it is`
}

/** Why the panel's type, sources, queries and transformations are not served, as far as they are not. */
function unsupportedInPanel(panel: Panel): Unsupported[] {
  const found: Unsupported[] = []
  const typeReason = whyNoPanelType(panel.type)
  if (panel.libraryPanel && panel.type === '') {
    const { name, uid } = panel.libraryPanel
    const reason = 'the dashboard only refers to a library panel: export it with its library panels'
    return [{ kind: 'library panel', name: name || uid, reason }]
  }
  if (typeReason !== undefined) {
    found.push({ kind: 'panel type', name: panel.type, reason: typeReason })
  }
  for (const one of panel.transformations) {
    if (one.disabled || transformations.has(one.id)) continue
    const reason = 'the data is shown as it is before this transformation'
    found.push({ kind: 'transformation', name: one.id, reason })
  }
  found.push(...unsupportedQueries(panel))
  return found
}

function unsupportedQueries(panel: Panel): Unsupported[] {
  const found: Unsupported[] = []
  const named = new Set<string>()
  for (const target of panel.targets) {
    const ref = target.datasource ?? panel.datasource
    if (ref?.uid === EXPRESSION_UID || ref?.type === '__expr__') {
      const reason = 'expressions over the results of other queries are not evaluated'
      found.push({ kind: 'query', name: target.refId, reason })
      continue
    }
    if (ref?.uid === DASHBOARD_UID) continue
    const reason = foreignSource(ref)
    const name = ref?.type ?? ''
    if (reason === undefined || named.has(name)) continue
    named.add(name)
    found.push({ kind: 'datasource', name, reason })
  }
  return found
}

function foreignSource(ref: DatasourceRef | undefined): string | undefined {
  const type = ref?.type
  if (type === undefined || datasourceTypes.has(type) || type.includes('$')) return undefined
  return `there is no source of the type "${type}" here`
}

function unsupportedVariable(variable: Variable): Unsupported[] {
  if (variable.type === 'unknown') {
    const reason = `variables of the kind "${variable.kind}" keep the value they were saved with`
    return [{ kind: 'variable', name: variable.name, reason }]
  }
  if (variable.type === 'datasource') {
    const reason = foreignSource({ type: variable.query })
    return reason === undefined ? [] : [{ kind: 'variable', name: variable.name, reason }]
  }
  if (variable.type !== 'query') return []
  const reason = foreignSource(variable.datasource)
  if (reason !== undefined) return [{ kind: 'variable', name: variable.name, reason }]
  const isText = typeof variable.query === 'string' || textOf(variable.query['query']) !== undefined
  if (isText || typeof variable.query !== 'string') return []
  return [{ kind: 'variable', name: variable.name, reason: 'its query cannot be read' }]
}
