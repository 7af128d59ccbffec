import type { AdhocFilter, Variable, VariableCurrent } from './model.ts'
import { ALL_VALUE } from './scope.ts'

/** What an address says of the variables of its dashboard. */
export interface UrlVariables {
  readonly currents: ReadonlyMap<string, VariableCurrent>
  readonly filters: ReadonlyMap<string, readonly AdhocFilter[]>
}

/** Reads `var-name=a&var-name=b`; `All` is understood too, as old links have it. Other parameters are left alone. */
export function readUrlVariables(
  params: Iterable<readonly [string, string]>,
  variables: readonly Variable[],
): UrlVariables {
  const given = new Map<string, string[]>()
  for (const [key, value] of params) {
    if (key.startsWith('var-')) given.set(key.slice(4), [...(given.get(key.slice(4)) ?? []), value])
  }
  const currents = new Map<string, VariableCurrent>()
  const filters = new Map<string, readonly AdhocFilter[]>()
  for (const variable of variables) {
    const values = given.get(variable.name)
    if (!values) continue
    if (variable.type === 'adhoc') filters.set(variable.name, values.flatMap(readFilter))
    else currents.set(variable.name, currentOf(variable, values))
  }
  return { currents, filters }
}

function currentOf(variable: Variable, values: readonly string[]): VariableCurrent {
  const offersAll = 'includeAll' in variable && variable.includeAll
  if (offersAll && values.some((value) => value === ALL_VALUE || value === 'All')) {
    return { text: 'All', value: ALL_VALUE }
  }
  if ('multi' in variable && variable.multi) return { text: values, value: values }
  const value = values[0] ?? ''
  return { text: value, value }
}

/** The parameters that say the state of the variables, in their order; what an address skips is left out. */
export function writeUrlVariables(
  variables: readonly Variable[],
  state: UrlVariables,
): [string, string][] {
  const out: [string, string][] = []
  for (const variable of variables) {
    if (variable.skipUrlSync || variable.type === 'constant') continue
    const key = `var-${variable.name}`
    if (variable.type === 'adhoc') {
      const filters = state.filters.get(variable.name) ?? variable.filters
      out.push(...filters.map((filter): [string, string] => [key, writeFilter(filter)]))
      continue
    }
    const current = state.currents.get(variable.name) ?? variable.current
    if (!current) continue
    const values = typeof current.value === 'string' ? [current.value] : current.value
    out.push(...values.map((value): [string, string] => [key, value]))
  }
  return out
}

/** `key|operator|value`, with `|` as `__gfp__` and `,` as `__gfc__` within a part. */
function readFilter(text: string): AdhocFilter[] {
  const [key = '', operator = '=', ...values] = text.split('|').map(readPart)
  // The operators `=|` and `!=|` hold the separator themselves.
  const isMany =
    operator === '=' || operator === '!=' ? values.length > 1 && values[0] === '' : false
  if (key === '') return []
  if (!isMany) return [{ key, operator, value: values[0] ?? '' }]
  const listed = values.slice(1)
  return [{ key, operator: `${operator}|`, value: listed[0] ?? '', values: listed }]
}

function writeFilter({ key, operator, value, values }: AdhocFilter): string {
  const listed = values && operator.endsWith('|') ? values : [value]
  const plain = operator.endsWith('|') ? [operator.slice(0, -1), ''] : [operator]
  return [key, ...plain, ...listed].map(writePart).join('|')
}

function readPart(text: string): string {
  const comma = text.split(',')[0] ?? ''
  return comma.replaceAll('__gfp__', '|').replaceAll('__gfc__', ',').replaceAll('__gfh__', '#')
}

function writePart(text: string): string {
  return text.replaceAll('|', '__gfp__').replaceAll(',', '__gfc__').replaceAll('#', '__gfh__')
}
