import { compileVariableRegex } from './variable-regex.ts'
import { isObject, objectsOf, textOf } from './json-value.ts'
import type { Datasource } from './datasource.ts'
import type { FoundValue } from './metric-find.ts'
import type {
  CustomVariable,
  DatasourceVariable,
  IntervalVariable,
  QueryVariable,
  VariableOption,
} from './model.ts'

/** A choice of more is no choice, and a page of so many entries would stall. */
const MOST_OPTIONS = 50_000
/** What a query variable offers of what its source answered: those its regex fits, once each, in its order. */
export function optionsOfQuery(
  variable: QueryVariable,
  found: readonly FoundValue[],
): VariableOption[] {
  const all = found.slice(0, MOST_OPTIONS)
  const options = variable.regex === '' ? [...all] : applyRegex(variable, all)
  const seen = new Map<string, VariableOption>()
  for (const option of options) {
    if (!seen.has(option.value)) seen.set(option.value, option)
  }
  return sortOptions([...seen.values()], variable.sort)
}

/**
 * Groups named `text` and `value` give both; else the first group; else the whole. With several matches (flag `g`) each
 * match's first group is an option of its own.
 */
function applyRegex(variable: QueryVariable, found: readonly FoundValue[]): VariableOption[] {
  const find = compileVariableRegex(variable.regex)
  const out: VariableOption[] = []
  for (const { text, value } of found) {
    const matches = find(variable.regexApplyTo === 'text' ? text : value)
    if (matches.length === 0) continue
    const value1 = matches.map((one) => one.named['value']).find(Boolean)
    const text1 = matches.map((one) => one.named['text']).find(Boolean)
    const either = value1 ?? text1
    const grouped = matches.filter((one) => one.groups.length > 1)
    if (either !== undefined) {
      out.push({ text: text1 ?? either, value: value1 ?? either })
    } else if (grouped.length > 0) {
      const taken = matches.length > 1 ? grouped : grouped.slice(0, 1)
      for (const one of taken) out.push({ text: one.groups[1] ?? '', value: one.groups[1] ?? '' })
    } else {
      out.push({ text, value })
    }
  }
  return out
}

const natural = new Intl.Collator('en', { sensitivity: 'accent', numeric: true })

/** Grafana's orders: 1 and 2 by letters, 3 and 4 by the first number, 5 and 6 without case, 7 and 8 naturally. */
function sortOptions(options: readonly VariableOption[], sort: number): VariableOption[] {
  const compare = comparison(Math.ceil(sort / 2))
  if (!compare) return [...options]
  const sorted = options.toSorted(compare)
  return sort % 2 === 0 ? sorted.toReversed() : sorted
}

function comparison(kind: number): ((a: VariableOption, b: VariableOption) => number) | undefined {
  switch (kind) {
    case 1:
      return (a, b) => compareTexts(a.text, b.text)
    case 2:
      return (a, b) => firstNumber(a.text) - firstNumber(b.text)
    case 3:
      return (a, b) => compareTexts(a.text.toLowerCase(), b.text.toLowerCase())
    case 4:
      return (a, b) => natural.compare(a.text, b.text)
    default:
      return undefined
  }
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function firstNumber(text: string): number {
  const digits = /\d+/.exec(text)
  return digits ? Number.parseInt(digits[0], 10) : -1
}

/** `a, b, text : value` with `\,` for a comma, or a JSON list of objects with `text` and `value`. */
export function optionsOfCustom(variable: CustomVariable): VariableOption[] {
  const query = variable.query.trim()
  if (query.startsWith('[')) {
    const listed = optionsOfJson(query)
    if (listed) return listed
  }
  const parts = query.match(/(?:\\,|[^,])+/g) ?? []
  return parts.slice(0, MOST_OPTIONS).map((part) => {
    const text = part.replaceAll(String.raw`\,`, ',').trim()
    const pair = /^(\S.*?)\s:\s(.*)$/s.exec(text)
    return pair
      ? { text: (pair[1] ?? '').trim(), value: (pair[2] ?? '').trim() }
      : { text, value: text }
  })
}

function optionsOfJson(query: string): VariableOption[] | undefined {
  try {
    const parsed: unknown = JSON.parse(query)
    return objectsOf(parsed).flatMap((one) => {
      const value = textOf(one['value'])
      if (value === undefined) return []
      return [{ value, text: textOf(one['text']) ?? value, properties: isObject(one) ? one : {} }]
    })
  } catch {
    return undefined
  }
}

/** The value of the option `auto` of an interval variable, by its name. */
function autoValue(name: string): string {
  return `$__auto_interval_${name}`
}

/** `1m,10m,"1h"`, and `auto` first when it is offered. */
export function optionsOfInterval(variable: IntervalVariable): VariableOption[] {
  const parts = variable.query.match(/"[^"]*"|'[^']*'|[^,]+/g) ?? []
  const listed = parts.map((part) => {
    const text = part.trim().replaceAll(/^["']|["']$/g, '')
    return { text, value: text }
  })
  return variable.auto ? [{ text: 'auto', value: autoValue(variable.name) }, ...listed] : listed
}

/** The sources of the variable's type whose names its regex fits; the value is the uid. */
export function optionsOfDatasource(
  variable: DatasourceVariable,
  datasources: readonly Datasource[],
): VariableOption[] {
  const find = variable.regex === '' ? undefined : compileVariableRegex(variable.regex)
  return datasources
    .filter((one) => one.type === variable.query)
    .filter((one) => !find || find(one.name).length > 0)
    .map((one) => ({ text: one.name, value: one.uid }))
}
