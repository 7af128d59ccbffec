import type { Node } from './ast.ts'
import { JmespathError } from './jmespath-error.ts'
import { isList, isRecord, typeOf, type JsonRecord } from './value.ts'

/** An argument `&expression`. */
export interface Reference {
  readonly reference: (value: unknown) => unknown
}

type Type = 'any' | 'number' | 'string' | 'array' | 'object' | 'reference' | 'numbers' | 'strings'

interface Definition {
  /** Allowed types of each argument. */
  readonly params: readonly (readonly Type[])[]
  /** Any number of further arguments like the last. */
  readonly isVariadic?: true
  call(args: readonly unknown[], start: number): unknown
}

/** Whether a function is there and takes so many arguments. Throws `JmespathError`. */
export function checkCall(name: string, args: readonly Node[], start: number): void {
  const definition = FUNCTIONS.get(name)
  if (definition === undefined) {
    const known = [...FUNCTIONS.keys()].sort().join(', ')
    throw new JmespathError(`there is no function ${name}; there are ${known}`, start)
  }
  const { params, isVariadic } = definition
  if (args.length === params.length || (isVariadic === true && args.length > params.length)) return
  throw new JmespathError(`${name} takes ${params.length} arguments, not ${args.length}`, start)
}

/** Calls a function that `checkCall` accepted. Throws `JmespathError` for arguments of a wrong type. */
export function callFunction(name: string, args: readonly unknown[], start: number): unknown {
  const definition = FUNCTIONS.get(name)
  if (definition === undefined) throw new JmespathError(`there is no function ${name}`, start)
  args.forEach((arg, at) => {
    const types = definition.params[at] ?? definition.params.at(-1) ?? []
    if (types.some((type) => isOf(type, arg))) return
    const shown = types.join(' or ')
    throw new JmespathError(`${name} takes ${shown} at ${at + 1}, not ${typeOf(arg)}`, start)
  })
  return definition.call(args, start) ?? null
}

function isOf(type: Type, value: unknown): boolean {
  if (type === 'reference') return isReference(value)
  if (isReference(value)) return false
  switch (type) {
    case 'any':
      return true
    case 'number':
    case 'string':
      return typeof value === type
    case 'array':
      return isList(value)
    case 'object':
      return isRecord(value)
    case 'numbers':
      return isList(value) && value.every((item) => typeof item === 'number')
    case 'strings':
      return isList(value) && value.every((item) => typeof item === 'string')
    default:
      return type satisfies never
  }
}

/** References are told from JSON by what they hold: JSON has no functions. */
function isReference(value: unknown): value is Reference {
  return isRecord(value) && typeof value['reference'] === 'function'
}

// The types of arguments were checked; these give them to the compiler.
const numbersOf = (value: unknown): number[] =>
  isList(value) ? value.filter((item) => typeof item === 'number') : []
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const listOf = (value: unknown): readonly unknown[] => (isList(value) ? value : [])
const recordOf = (value: unknown): JsonRecord => (isRecord(value) ? value : {})

function numeric(call: (value: number) => number): Definition {
  return { params: [['number']], call: ([value]) => call(Number(value)) }
}

function before(a: unknown, b: unknown): boolean {
  return typeof a === 'string' && typeof b === 'string' ? a < b : Number(a) < Number(b)
}

/** The item that comes first in an order. */
function extreme(
  items: readonly unknown[],
  keyOf: (item: unknown) => unknown,
  isBetter: (a: unknown, b: unknown) => boolean,
): unknown {
  let best: unknown = null
  let bestKey: unknown
  for (const [at, item] of items.entries()) {
    const key = keyOf(item)
    if (at > 0 && !isBetter(key, bestKey)) continue
    best = item
    bestKey = key
  }
  return best
}

function sorted(items: readonly unknown[], keyOf: (item: unknown) => unknown): unknown[] {
  return items
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((a, b) => (before(a.key, b.key) ? -1 : before(b.key, a.key) ? 1 : 0))
    .map(({ item }) => item)
}

/** The keys by which a reference orders items: all numbers or all strings. */
function keyBy(by: unknown, items: readonly unknown[], start: number): (item: unknown) => unknown {
  if (!isReference(by)) return (item) => item
  const keys = items.map((item) => typeof by.reference(item))
  const [first] = keys
  const isOrdered = first === 'number' || first === 'string'
  if (keys.length > 0 && !(isOrdered && keys.every((type) => type === first))) {
    throw new JmespathError('the items must be ordered by numbers only or by strings only', start)
  }
  return by.reference
}

const orderable: readonly Type[] = ['numbers', 'strings']
const same = (item: unknown): unknown => item
const after = (a: unknown, b: unknown): boolean => before(b, a)

const FUNCTIONS: ReadonlyMap<string, Definition> = new Map<string, Definition>([
  ['abs', numeric(Math.abs)],
  ['ceil', numeric(Math.ceil)],
  ['floor', numeric(Math.floor)],
  [
    'avg',
    {
      params: [['numbers']],
      call: ([list]) => {
        const numbers = numbersOf(list)
        return numbers.length === 0 ? null : numbers.reduce((a, b) => a + b, 0) / numbers.length
      },
    },
  ],
  ['sum', { params: [['numbers']], call: ([list]) => numbersOf(list).reduce((a, b) => a + b, 0) }],
  [
    'contains',
    {
      params: [['array', 'string'], ['any']],
      call: ([within, wanted]) =>
        typeof within === 'string'
          ? typeof wanted === 'string' && within.includes(wanted)
          : listOf(within).includes(wanted),
    },
  ],
  [
    'starts_with',
    {
      params: [['string'], ['string']],
      call: ([text, start]) => textOf(text).startsWith(textOf(start)),
    },
  ],
  [
    'ends_with',
    { params: [['string'], ['string']], call: ([text, end]) => textOf(text).endsWith(textOf(end)) },
  ],
  [
    'join',
    { params: [['string'], ['strings']], call: ([by, list]) => listOf(list).join(textOf(by)) },
  ],
  [
    'length',
    {
      params: [['string', 'array', 'object']],
      call: ([value]) =>
        typeof value === 'string'
          ? Array.from(value).length
          : isList(value)
            ? value.length
            : Object.keys(recordOf(value)).length,
    },
  ],
  ['keys', { params: [['object']], call: ([value]) => Object.keys(recordOf(value)) }],
  ['values', { params: [['object']], call: ([value]) => Object.values(recordOf(value)) }],
  [
    'map',
    {
      params: [['reference'], ['array']],
      call: ([by, list]) =>
        listOf(list).map((item) => (isReference(by) ? (by.reference(item) ?? null) : null)),
    },
  ],
  [
    'merge',
    {
      params: [['object']],
      isVariadic: true,
      call: (args) => Object.fromEntries(args.flatMap((arg) => Object.entries(recordOf(arg)))),
    },
  ],
  ['max', { params: [orderable], call: ([list]) => extreme(listOf(list), same, after) }],
  ['min', { params: [orderable], call: ([list]) => extreme(listOf(list), same, before) }],
  [
    'max_by',
    {
      params: [['array'], ['reference']],
      call: ([list, by], start) => extreme(listOf(list), keyBy(by, listOf(list), start), after),
    },
  ],
  [
    'min_by',
    {
      params: [['array'], ['reference']],
      call: ([list, by], start) => extreme(listOf(list), keyBy(by, listOf(list), start), before),
    },
  ],
  [
    'not_null',
    {
      params: [['any']],
      isVariadic: true,
      call: (args) => args.find((arg) => arg !== null && arg !== undefined),
    },
  ],
  [
    'reverse',
    {
      params: [['array', 'string']],
      call: ([value]) =>
        typeof value === 'string'
          ? Array.from(value).reverse().join('')
          : [...listOf(value)].reverse(),
    },
  ],
  ['sort', { params: [orderable], call: ([list]) => sorted(listOf(list), same) }],
  [
    'sort_by',
    {
      params: [['array'], ['reference']],
      call: ([list, by], start) => sorted(listOf(list), keyBy(by, listOf(list), start)),
    },
  ],
  ['to_array', { params: [['any']], call: ([value]) => (isList(value) ? value : [value]) }],
  [
    'to_number',
    {
      params: [['any']],
      call: ([value]) => {
        if (typeof value === 'number') return value
        if (typeof value !== 'string' || value.trim() === '') return null
        const number = Number(value)
        return Number.isFinite(number) ? number : null
      },
    },
  ],
  [
    'to_string',
    {
      params: [['any']],
      call: ([value]) => (typeof value === 'string' ? value : JSON.stringify(value)),
    },
  ],
  ['type', { params: [['any']], call: ([value]) => typeOf(value) }],
])
