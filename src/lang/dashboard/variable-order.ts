import { referencedNames } from './interpolate.ts'
import { textOf } from './json-value.ts'
import { queryTextOf } from './metric-find.ts'
import type { Variable } from './model.ts'

/** The names that a variable's own query refers to. */
function dependenciesOf(variable: Variable): string[] {
  switch (variable.type) {
    case 'query':
      return referencedNames(
        [queryTextOf(variable.query), variable.regex, variable.datasource?.uid ?? ''].join('\n'),
      )
    case 'custom':
    case 'interval':
    case 'textbox':
    case 'constant':
      return referencedNames(variable.query)
    case 'datasource':
      return referencedNames(variable.regex)
    case 'adhoc':
      return referencedNames(textOf(variable.datasource?.uid) ?? '')
    default:
      return []
  }
}

/**
 * The variables so ordered that each follows those it refers to, wherever they stand in the file; among themselves they keep
 * its order. Those that refer to each other in a ring stay where the file has them.
 */
export function orderVariables(variables: readonly Variable[]): Variable[] {
  const byName = new Map(variables.map((variable) => [variable.name, variable]))
  const state = new Map<string, 'open' | 'done'>()
  const out: Variable[] = []
  const visit = (variable: Variable): void => {
    if (state.has(variable.name)) return
    state.set(variable.name, 'open')
    for (const name of dependenciesOf(variable)) {
      const needed = byName.get(name)
      if (needed && state.get(name) !== 'open') visit(needed)
    }
    state.set(variable.name, 'done')
    out.push(variable)
  }
  for (const variable of variables) visit(variable)
  return out
}

/**
 * The variables whose options must be asked for again, in order: all of them when the dashboard opens; those with
 * `refresh: 2`, and whatever refers to them, when the time range changes; whatever refers to a variable that changed.
 */
export function variablesToRefresh(
  variables: readonly Variable[],
  cause: 'open' | 'time' | { readonly changed: readonly string[] },
): Variable[] {
  const ordered = orderVariables(variables)
  if (cause === 'open') return ordered
  const touched = new Set(cause === 'time' ? ['__from', '__to', '__range'] : cause.changed)
  const out: Variable[] = []
  for (const variable of ordered) {
    const byTime = cause === 'time' && variable.type === 'query' && variable.refresh === 2
    if (!byTime && !dependenciesOf(variable).some((name) => touched.has(name))) continue
    touched.add(variable.name)
    out.push(variable)
  }
  return out
}
