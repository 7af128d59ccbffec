import { formatQueryParam, formatValue } from './format-value.ts'
import type { ValueFormat } from './format-value.ts'
import { isObject } from './json-value.ts'
import type { Scope, ScopeValue } from './scope.ts'

/** `$name`, `[[name]]`, `[[name:format]]`, `${name}`, `${name.path}`, `${name:format}`. */
const REFERENCE = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:}]+))?(?::([^}]+))?\}/g

/** Values may name other variables (All does); beyond this depth they name each other. */
const DEEPEST = 5

/**
 * Fills in the variables of a text. Names that the scope does not know stay as they are, so that a later step (a data link, a
 * template) may fill them in.
 * @param format how values are written where the text does not say: a format's name, or a function for a query language;
 * `glob` when left out
 */
export function interpolate(text: string, scope: Scope, format?: string | ValueFormat): string {
  return interpolateAt(text, scope, format, 0)
}

function interpolateAt(
  text: string,
  scope: Scope,
  format: string | ValueFormat | undefined,
  depth: number,
): string {
  if (!text.includes('$') && !text.includes('[[')) return text
  return text.replaceAll(REFERENCE, (all, ...groups: (string | undefined)[]) => {
    const [bare, square, squareFormat, braced, path, bracedFormat] = groups
    const name = bare ?? square ?? braced ?? ''
    if (name === '__all_variables') return allVariables(scope)
    const found = scope.get(name)
    if (!found) return all
    const written = squareFormat ?? bracedFormat
    const value = path === undefined ? found : fieldOf(found, path)
    if (value.allValue !== undefined && !usesUrlForm(written)) {
      if (written === 'text') return value.text
      if (written === 'percentencode') return encodeURIComponent(value.allValue)
      return depth < DEEPEST
        ? interpolateAt(value.allValue, scope, format, depth + 1)
        : value.allValue
    }
    const zone = String(scope.get('__timezone')?.value ?? '')
    if (written !== undefined) return formatValue(value, written, zone)
    return typeof format === 'function' ? format(value) : formatValue(value, format ?? 'glob', zone)
  })
}

function usesUrlForm(format: string | undefined): boolean {
  return format === 'queryparam'
}

/** `${name.path}`: what the value carries beside itself; without such a field, the value. */
function fieldOf(value: ScopeValue, path: string): ScopeValue {
  let current: unknown = value.fields
  for (const key of path.split('.')) {
    current = isObject(current) && Object.hasOwn(current, key) ? current[key] : undefined
  }
  if (typeof current === 'string' || typeof current === 'number') {
    return { name: value.name, value: current, text: String(current), isPattern: false }
  }
  return current === undefined ? value : { ...value, value: JSON.stringify(current) }
}

/** `${__all_variables}`: every variable of the dashboard as the address of a page has it. */
function allVariables(scope: Scope): string {
  const own = [...scope.values()].filter((value) => !value.name.startsWith('__'))
  return own.map((value) => formatQueryParam(value, `var-${value.name}`, '')).join('&')
}

/** The names a text refers to, in order, once each. */
export function referencedNames(text: string): string[] {
  const names = new Set<string>()
  for (const [, bare, square, , braced] of text.matchAll(REFERENCE)) {
    names.add(bare ?? square ?? braced ?? '')
  }
  return [...names]
}

/** The value with every text within it filled in: for options and links, whose keys are not known. */
export function interpolateDeep(value: unknown, scope: Scope, format?: string): unknown {
  if (typeof value === 'string') return interpolate(value, scope, format)
  if (Array.isArray(value)) return value.map((one) => interpolateDeep(one, scope, format))
  if (!isObject(value)) return value
  const entries = Object.entries(value)
  return Object.fromEntries(entries.map(([key, one]) => [key, interpolateDeep(one, scope, format)]))
}
