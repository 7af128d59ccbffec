import {
  applyFieldOverrides,
  createTheme,
  transformDataFrame,
  type DataFrame,
  type GrafanaTheme2,
  type InterpolateFunction,
} from '@grafana/data'
import { interpolate } from '../../../../src/lang/dashboard/interpolate.ts'
import { isObject } from '../../../../src/lang/dashboard/json-value.ts'
import type { FieldConfig, Transformation } from '../../../../src/lang/dashboard/model.ts'
import { plainValue, withValues, type Scope } from '../../../../src/lang/dashboard/scope.ts'
import type { Scheme } from '../../charts/palette.ts'
import { registryFor, setUpGrafanaData } from './field-registry.ts'
import { ownTransformations } from './own-transformations.ts'
import { withoutRegexMappings } from './safe-patterns.ts'

const themes = new Map<Scheme, GrafanaTheme2>()

/** Grafana's colours of a scheme: what `green` and `semi-dark-orange` are. */
export function grafanaTheme(scheme: Scheme): GrafanaTheme2 {
  const known = themes.get(scheme)
  if (known) return known
  const theme = createTheme({ colors: { mode: scheme } })
  themes.set(scheme, theme)
  return theme
}

/** The frames after a panel's transformations, in order. One that is not known leaves them as they are. */
export async function transformFrames(
  frames: DataFrame[],
  transformations: readonly Transformation[],
  scope: Scope,
): Promise<DataFrame[]> {
  setUpGrafanaData()
  let current = frames
  for (const { id, options, disabled, rest } of transformations) {
    if (disabled) continue
    const own = ownTransformations[id]
    if (own) {
      current = own(current, options)
      continue
    }
    const { filter } = rest
    const config = { id, options, ...(isMatcher(filter) ? { filter } : {}) }
    current = await runTransformation(config, current, scope)
  }
  return current
}

function isMatcher(value: unknown): value is { id: string; options?: unknown } {
  return isObject(value) && typeof value['id'] === 'string'
}

type Config = Parameters<typeof transformDataFrame>[0][number]

function runTransformation(
  config: Config,
  frames: DataFrame[],
  scope: Scope,
): Promise<DataFrame[]> {
  return new Promise((resolve, reject) => {
    let result = frames
    transformDataFrame([config], frames, {
      interpolate: (text) => interpolate(text, scope),
    }).subscribe({
      next: (value) => {
        result = value
      },
      error: (thrown: unknown) =>
        reject(thrown instanceof Error ? thrown : new Error(String(thrown))),
      complete: () => resolve(result),
    })
  })
}

export interface OverrideOptions {
  readonly fieldConfig: FieldConfig
  readonly scope: Scope
  readonly scheme: Scheme
  readonly zone: string
}

/** The frames with each field's options, colours, notation of values and links worked out. */
export function overrideFrames(frames: DataFrame[], options: OverrideOptions): DataFrame[] {
  setUpGrafanaData()
  const { scope, scheme, zone } = options
  const fieldConfig = withoutRegexMappings(options.fieldConfig, frames)
  return applyFieldOverrides({
    data: frames,
    fieldConfig: {
      defaults: openThresholds(fieldConfig.defaults),
      overrides: openOverrides(fieldConfig),
    },
    fieldConfigRegistry: registryFor(fieldConfig),
    replaceVariables: interpolator(scope),
    theme: grafanaTheme(scheme),
    timeZone: zone,
  })
}

/** Fills in variables, and what a data link adds to them (`${__field.name}`), as Grafana's library asks for it. */
export function interpolator(scope: Scope): InterpolateFunction {
  return (text, scopedVars, format) => {
    const added = Object.entries(scopedVars ?? {}).flatMap(([name, one]) => {
      const value: unknown = one?.value
      return typeof value === 'string' || typeof value === 'number' ? [plainValue(name, value)] : []
    })
    const own = added.length > 0 ? withValues(scope, added) : scope
    return interpolate(text ?? '', own, typeof format === 'string' ? format : undefined)
  }
}

/** JSON has no -Infinity: the lowest step's null is the library's. */
function openThresholds<T>(defaults: T): T {
  if (!isObject(defaults) || !isObject(defaults['thresholds'])) return defaults
  return { ...defaults, thresholds: openSteps(defaults['thresholds']) }
}

function openSteps(thresholds: unknown): unknown {
  if (!isObject(thresholds) || !Array.isArray(thresholds['steps'])) return thresholds
  const steps = thresholds['steps'].map((step: unknown, index) =>
    isObject(step) && (index === 0 || step['value'] === null)
      ? Object.assign({}, step, { value: -Infinity })
      : step,
  )
  return { ...thresholds, steps }
}

function openOverrides({ overrides }: FieldConfig) {
  return overrides.map(({ matcher, properties, rest }) => ({
    ...rest,
    matcher: { id: matcher.id, options: matcher.options },
    properties: properties.map(({ id, value }) => ({
      id,
      value: id === 'thresholds' ? openSteps(value) : value,
    })),
  }))
}
