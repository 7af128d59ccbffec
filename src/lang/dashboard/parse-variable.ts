import {
  filledText,
  flagOf,
  isObject,
  listOf,
  numberOf,
  objectsOf,
  textOf,
  textsOf,
  without,
} from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import type {
  AdhocFilter,
  Choice,
  QueryVariable,
  Variable,
  VariableCurrent,
  VariableOption,
} from './model.ts'
import { optional, parseRef, textList } from './parse-parts.ts'

const COMMON_KEYS = ['name', 'label', 'description', 'hide', 'skipUrlSync', 'type']
const CHOICE_KEYS = ['current', 'options', 'multi', 'includeAll', 'allValue']
const OWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  query: [
    ...CHOICE_KEYS,
    ...['datasource', 'query', 'definition', 'regex', 'regexApplyTo', 'sort', 'refresh'],
  ],
  custom: [...CHOICE_KEYS, 'query'],
  datasource: [...CHOICE_KEYS, 'query', 'regex'],
  interval: ['current', 'options', 'query', 'auto', 'auto_count', 'auto_min'],
  constant: ['current', 'query', 'options'],
  textbox: ['current', 'query', 'options'],
  switch: ['current', 'options'],
  adhoc: ['datasource', 'filters', 'baseFilters'],
}

/** One migrated variable as the model; nothing when it has no name. */
export function parseVariable(raw: JsonObject): Variable[] {
  const name = textOf(raw['name'])
  if (name === undefined || name === '') return []
  const type = textOf(raw['type']) ?? ''
  const own = OWN_KEYS[type] ?? ['current']
  const common: Common = {
    name,
    ...optional('label', filledText(raw['label'])),
    ...optional('description', textOf(raw['description'])),
    hide: hideOf(raw['hide']),
    skipUrlSync: flagOf(raw['skipUrlSync']) ?? false,
    rest: without(raw, new Set([...COMMON_KEYS, ...own])),
  }
  return [parseOwn(type, raw, common)]
}

type Common = Pick<Variable, 'name' | 'label' | 'description' | 'hide' | 'skipUrlSync' | 'rest'>

function hideOf(value: unknown): 0 | 1 | 2 | 3 {
  const hide = numberOf(value)
  return hide === 1 || hide === 2 || hide === 3 ? hide : 0
}

function refreshOf(value: unknown): 0 | 1 | 2 {
  const refresh = numberOf(value)
  return refresh === 1 || refresh === 2 ? refresh : 0
}

function parseOwn(type: string, raw: JsonObject, common: Common): Variable {
  const current = optional('current', parseCurrent(raw['current']))
  const query = textOf(raw['query']) ?? ''
  switch (type) {
    case 'query':
      return { ...common, type, ...choiceOf(raw), ...queryOf(raw) }
    case 'custom':
      return { ...common, type, ...choiceOf(raw), query }
    case 'datasource':
      return { ...common, type, ...choiceOf(raw), query, regex: textOf(raw['regex']) ?? '' }
    case 'interval':
      return {
        ...common,
        type,
        query,
        ...current,
        options: parseOptions(raw['options']),
        auto: flagOf(raw['auto']) ?? false,
        autoCount: numberOf(raw['auto_count']) ?? 30,
        autoMin: textOf(raw['auto_min']) ?? '10s',
      }
    case 'constant':
    case 'textbox':
      return { ...common, type, query, ...current }
    case 'switch': {
      const [on, off] = parseOptions(raw['options'])
      const values = { enabledValue: on?.value ?? 'true', disabledValue: off?.value ?? 'false' }
      return { ...common, type, ...current, ...values }
    }
    case 'adhoc':
      return {
        ...common,
        type,
        ...optional('datasource', parseRef(raw['datasource'])),
        filters: parseFilters(raw['filters']),
        baseFilters: parseFilters(raw['baseFilters']),
      }
    default:
      return { ...common, type: 'unknown', kind: type, ...current }
  }
}

function choiceOf(raw: JsonObject): Choice {
  return {
    ...optional('current', parseCurrent(raw['current'])),
    options: parseOptions(raw['options']),
    multi: flagOf(raw['multi']) ?? false,
    includeAll: flagOf(raw['includeAll']) ?? false,
    ...optional('allValue', filledText(raw['allValue'])),
  }
}

function queryOf(raw: JsonObject): Omit<QueryVariable, keyof Common | 'type' | keyof Choice> {
  const applyTo = raw['regexApplyTo'] === 'text' ? ('text' as const) : ('value' as const)
  return {
    ...optional('datasource', parseRef(raw['datasource'])),
    query: isObject(raw['query']) ? raw['query'] : (textOf(raw['query']) ?? ''),
    ...optional('definition', textOf(raw['definition'])),
    regex: textOf(raw['regex']) ?? '',
    regexApplyTo: applyTo,
    sort: numberOf(raw['sort']) ?? 0,
    refresh: refreshOf(raw['refresh']),
  }
}

/** An empty object, or one without a value, is no choice. */
function parseCurrent(value: unknown): VariableCurrent | undefined {
  if (!isObject(value)) return undefined
  const chosen = textsOf(value['value'])
  if (chosen === undefined) return undefined
  const text = textsOf(value['text']) ?? chosen
  // Old files name several texts at once (`a + b`) beside a list of values.
  if (Array.isArray(chosen)) {
    const texts = Array.isArray(text) && text.length === chosen.length ? text : chosen
    return {
      value: chosen,
      text: chosen.map((one, i) => (one === '$__all' ? 'All' : (texts[i] ?? one))),
    }
  }
  return { value: chosen, text: Array.isArray(text) ? (text[0] ?? chosen) : text }
}

function parseOptions(value: unknown): VariableOption[] {
  return objectsOf(value).flatMap((raw) => {
    const chosen = textOf(raw['value'])
    if (chosen === undefined) return []
    const properties = isObject(raw['properties']) ? raw['properties'] : undefined
    return [
      { value: chosen, text: textOf(raw['text']) ?? chosen, ...optional('properties', properties) },
    ]
  })
}

function parseFilters(value: unknown): AdhocFilter[] {
  return objectsOf(value).flatMap((raw) => {
    const key = textOf(raw['key'])
    if (key === undefined || key === '') return []
    const values = listOf(raw['values']).length > 0 ? textList(raw['values']) : undefined
    return [
      {
        key,
        operator: textOf(raw['operator']) ?? '=',
        value: textOf(raw['value']) ?? '',
        ...optional('values', values),
      },
    ]
  })
}
