import type { JsonObject } from './json-value.ts'
import { SCHEMA_VERSION } from './migrate-dashboard.ts'
import type {
  AnnotationQuery,
  Dashboard,
  Panel,
  Target,
  Transformation,
  Variable,
} from './model.ts'

/**
 * A dashboard as JSON that Grafana accepts: the newest classic schema, with every key that was read over. `readDashboard` of
 * the result yields an equal dashboard.
 */
export function writeDashboard(dashboard: Dashboard): JsonObject {
  const { annotations, variables, panels, links, rest, ...own } = dashboard
  return {
    ...rest,
    ...own,
    annotations: { list: annotations.map(writeAnnotation) },
    links: links.map(withRest),
    panels: panels.map(writePanel),
    schemaVersion: SCHEMA_VERSION,
    templating: { list: variables.map(writeVariable) },
  }
}

/** One panel as JSON, as the inspector shows it. */
export function writePanel(panel: Panel): JsonObject {
  const { rest, targets, links, transformations, fieldConfig, panels, ...own } = panel
  return {
    ...rest,
    ...own,
    fieldConfig: {
      defaults: fieldConfig.defaults,
      overrides: fieldConfig.overrides.map(withRest),
    },
    links: links.map(withRest),
    targets: targets.map(writeTarget),
    transformations: transformations.map(writeTransformation),
    ...(panels ? { panels: panels.map(writePanel) } : {}),
  }
}

function withRest({ rest, ...own }: { readonly rest: JsonObject }): JsonObject {
  return { ...rest, ...own }
}

function writeTarget({ query, hide, ...own }: Target): JsonObject {
  return { ...query, ...own, ...(hide ? { hide } : {}) }
}

function writeTransformation({ rest, disabled, ...own }: Transformation): JsonObject {
  return { ...rest, ...own, ...(disabled ? { disabled } : {}) }
}

function writeAnnotation(annotation: AnnotationQuery): JsonObject {
  const { rest, query, builtIn, ...own } = annotation
  return { ...rest, ...query, ...own, ...(builtIn ? { builtIn: 1 } : {}) }
}

function writeVariable(variable: Variable): JsonObject {
  const { rest, ...own } = variable
  switch (own.type) {
    case 'interval': {
      const { autoCount, autoMin, ...interval } = own
      return { ...rest, ...interval, auto_count: autoCount, auto_min: autoMin }
    }
    case 'switch': {
      const { enabledValue, disabledValue, ...toggle } = own
      const options = [enabledValue, disabledValue].map((value) => ({ text: value, value }))
      return { ...rest, ...toggle, options }
    }
    case 'unknown': {
      const { kind, ...unknown } = own
      return { ...rest, ...unknown, type: kind }
    }
    default:
      return { ...rest, ...own }
  }
}
