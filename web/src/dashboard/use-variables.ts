import { useQuery, type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { chooseCurrent } from '../../../src/lang/dashboard/choose-current.ts'
import { resolveDatasource, type Datasource } from '../../../src/lang/dashboard/datasource.ts'
import {
  formatForLogql,
  formatForPromql,
  formatForTraceql,
  type ValueFormat,
} from '../../../src/lang/dashboard/format-value.ts'
import { interpolate } from '../../../src/lang/dashboard/interpolate.ts'
import { queryTextOf } from '../../../src/lang/dashboard/metric-find.ts'
import type {
  AdhocFilter,
  QueryVariable,
  Variable,
  VariableCurrent,
  VariableOption,
} from '../../../src/lang/dashboard/model.ts'
import { valueOfVariable, withValues, type Scope } from '../../../src/lang/dashboard/scope.ts'
import {
  optionsOfCustom,
  optionsOfDatasource,
  optionsOfInterval,
  optionsOfQuery,
} from '../../../src/lang/dashboard/variable-options.ts'
import { orderVariables } from '../../../src/lang/dashboard/variable-order.ts'
import type { UrlVariables } from '../../../src/lang/dashboard/variable-url.ts'
import type { ResolvedRange } from '../time/time-range.ts'
import { askValues } from './ask-source.ts'
import { askTempoValues } from './ask-tempo.ts'

/** A variable as the page shows it. */
export interface VariableState {
  readonly variable: Variable
  readonly options: readonly VariableOption[]
  readonly current: VariableCurrent | undefined
  /** Why its options are not known. */
  readonly error?: string
}

export interface VariablesModel {
  /** In the file's order. */
  readonly states: readonly VariableState[]
  readonly scope: Scope
  /** Of all adhoc variables. */
  readonly filters: readonly AdhocFilter[]
  /** Panels wait until it is true. */
  readonly isReady: boolean
}

export interface VariablesInput {
  readonly variables: readonly Variable[]
  /** What the address says. */
  readonly url: UrlVariables
  /** What the page knows by itself. */
  readonly globals: Scope
  readonly range: ResolvedRange
  readonly datasources: readonly Datasource[]
}

/** The variables of a dashboard with their options and choices; they follow the address and the time range. */
export function useVariables(input: VariablesInput): VariablesModel {
  const client = useQueryClient()
  const { variables, url, range, datasources, globals } = input
  const needsRange = variables.some((one) => one.type === 'query' && one.refresh === 2)
  const { data } = useQuery({
    queryKey: [
      'variables',
      variables,
      [...url.currents],
      datasources,
      needsRange ? [range.fromMs, range.toMs] : [],
    ],
    queryFn: ({ signal }) => resolveVariables(input, client, signal),
    placeholderData: (previous) => previous,
    gcTime: 0,
  })
  return useMemo((): VariablesModel => {
    const states = data ?? []
    const byName = new Map(states.map((state) => [state.variable.name, state]))
    const inOrder = variables.flatMap((one) => byName.get(one.name) ?? [])
    const filters = variables.flatMap((one) =>
      one.type === 'adhoc' ? (url.filters.get(one.name) ?? one.filters) : [],
    )
    return {
      states: inOrder,
      scope: withValues(globals, inOrder.map(scopeValueOf)),
      filters,
      isReady: data !== undefined,
    }
  }, [data, variables, url, globals])
}

function scopeValueOf({ variable, current, options }: VariableState) {
  const value = valueOfVariable(variable, current, options)
  if (variable.type !== 'interval') return value
  return { ...value, fields: { autoCount: variable.autoCount, autoMin: variable.autoMin } }
}

/** Works the variables out one after the other, for each may use those before it. */
async function resolveVariables(
  input: VariablesInput,
  client: QueryClient,
  signal: AbortSignal,
): Promise<VariableState[]> {
  const out: VariableState[] = []
  let scope = input.globals
  for (const variable of orderVariables(input.variables)) {
    const state = await resolveOne(variable, scope, input, client, signal)
    out.push(state)
    scope = withValues(scope, [scopeValueOf(state)])
  }
  return out
}

async function resolveOne(
  variable: Variable,
  scope: Scope,
  input: VariablesInput,
  client: QueryClient,
  signal: AbortSignal,
): Promise<VariableState> {
  const asked = input.url.currents.get(variable.name)
  const wanted = asked ?? ('current' in variable ? variable.current : undefined)
  try {
    const options = await optionsFor(variable, scope, input, client)
    // Where nothing is found, an address that names a value is still believed, as in Grafana.
    const isFree = options.length === 0 && asked !== undefined
    return { variable, options, current: isFree ? asked : chooseCurrent(variable, options, wanted) }
  } catch (thrown) {
    signal.throwIfAborted()
    const error = thrown instanceof Error ? thrown.message : String(thrown)
    return { variable, options: [], current: wanted, error }
  }
}

async function optionsFor(
  variable: Variable,
  scope: Scope,
  input: VariablesInput,
  client: QueryClient,
): Promise<VariableOption[]> {
  switch (variable.type) {
    case 'query':
      return optionsOfQuery(variable, await findValues(variable, scope, input, client))
    case 'custom':
      return optionsOfCustom({ ...variable, query: interpolate(variable.query, scope) })
    case 'interval':
      return optionsOfInterval(variable)
    case 'datasource':
      return optionsOfDatasource(variable, input.datasources)
    case 'switch':
      return [variable.enabledValue, variable.disabledValue].map((value) => ({
        text: value,
        value,
      }))
    default:
      return []
  }
}

/** Kinds of sources that know values. */
const ASKED: ReadonlySet<string> = new Set(['prometheus', 'loki', 'tempo'])

function formatOf({ type }: Datasource): ValueFormat {
  if (type === 'tempo') return formatForTraceql
  return type === 'loki' ? formatForLogql : formatForPromql
}

/** Asks for the values of a query variable; the same question is asked once, unless time is a part of it. */
async function findValues(
  variable: QueryVariable,
  scope: Scope,
  { range, datasources }: VariablesInput,
  client: QueryClient,
) {
  const ref = variable.datasource
  const uid = ref?.uid === undefined ? undefined : interpolate(ref.uid, scope)
  const source = resolveDatasource(
    ref && {
      ...(ref.type === undefined ? {} : { type: ref.type }),
      ...(uid === undefined ? {} : { uid }),
    },
    datasources,
  )
  if (!source || !ASKED.has(source.type)) {
    throw new Error('its source cannot be asked yet')
  }
  const query = interpolate(queryTextOf(variable.query), scope, formatOf(source))
  const byTime = variable.refresh === 2 ? [range.fromMs, range.toMs] : []
  return client.query({
    queryKey: ['variable values', source.uid, query, ...byTime],
    // Not the signal of who asked first: others wait for the same answer.
    queryFn: ({ signal }) =>
      source.type === 'tempo'
        ? askTempoValues(source, query, range, signal)
        : askValues(source, query, range, signal),
    staleTime: 300_000,
  })
}
