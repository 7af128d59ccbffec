import type { GoValue } from './value.ts'
import { GoSlice } from './value.ts'

/**
 * The type of a parameter. `literal` says which literals a template may write for it (Go converts constants to the
 * parameter's type: `humanize 1` of a float64 parameter gets 1.0); `nilable` whether nil may be passed.
 */
export interface Param<T extends GoValue = GoValue> {
  readonly name: string
  readonly literal: 'bool' | 'string' | 'int' | 'float' | 'any' | 'none'
  readonly nilable: boolean
  accepts(value: GoValue): value is T
  /** Makes an integer literal a value of a named integer type (`.StartsAt.Add 3600e9`). */
  convert?(literal: bigint): GoValue
}

/** What a function may ask of the evaluation that calls it. */
export interface CallContext {
  /** The moment of the evaluation: `now`, `since`, and the time of `query`. */
  readonly timestampMs: number
  /** The IANA name of the zone that Go calls Local. */
  readonly localZone: string
  /** What the template was evaluated with. */
  readonly data: GoValue
  /** The most characters that a text made by a function may have. */
  readonly maxTextLength: number
  /** What functions note for themselves during one evaluation. */
  readonly notes: Map<string, string>
  /** The output of a template of the set. */
  execute(name: string, data: GoValue): string
  /** The output of a text, parsed with the set's templates and functions. */
  expand(text: string, data: GoValue): string
}

/**
 * A function or a method of templates. `call` gets as many arguments as `params` (and any number more when there is `rest`),
 * of the types said there; it throws an Error whose message the template's error then ends with (`error calling NAME: …`).
 * Only a function marked `isAsync` may give a promise.
 */
export interface GoFunction {
  readonly params: readonly Param[]
  readonly rest?: Param
  readonly isAsync?: true
  call(args: readonly GoValue[], context: CallContext): GoValue | Promise<GoValue>
}

/** The functions that a template may call, by name, besides the built-in ones. */
export type FunctionTable = ReadonlyMap<string, GoFunction>

type Values<P extends readonly Param[]> = {
  [K in keyof P]: P[K] extends Param<infer T> ? T : never
}

/** A function with a fixed number of parameters; the types of the arguments follow from them. */
export function define<const P extends readonly Param[]>(
  params: P,
  body: (...args: [...Values<P>, CallContext]) => GoValue,
): GoFunction {
  // The evaluator has checked each argument against its parameter.
  return { params, call: (args, context) => body(...([...args, context] as never)) }
}

/** A function that takes any number of arguments of one type. */
export function defineRest<T extends GoValue>(
  rest: Param<T>,
  body: (args: readonly T[], context: CallContext) => GoValue,
): GoFunction {
  return {
    params: [],
    rest,
    call: (args, context) =>
      body(
        args.filter((arg) => rest.accepts(arg)),
        context,
      ),
  }
}

/** An asynchronous function. Templates that may call it are evaluated with `evaluate`, not `evaluateSync`. */
export function defineAsync<const P extends readonly Param[]>(
  params: P,
  body: (...args: [...Values<P>, CallContext]) => Promise<GoValue>,
): GoFunction {
  return {
    params,
    isAsync: true,
    call: (args, context) => body(...([...args, context] as never)),
  }
}

/** `string` */
export const aString: Param<string> = {
  name: 'string',
  literal: 'string',
  nilable: false,
  accepts: (value): value is string => typeof value === 'string',
}

/** `int` */
export const anInt: Param<bigint> = {
  name: 'int',
  literal: 'int',
  nilable: false,
  accepts: (value): value is bigint => typeof value === 'bigint',
}

/** `interface {}` */
export const anything: Param = {
  name: 'interface {}',
  literal: 'any',
  nilable: true,
  accepts: (_value): _value is GoValue => true,
}

/** `[]string`, named slices of strings included. */
export const strings: Param<GoSlice> = {
  name: '[]string',
  literal: 'none',
  nilable: true,
  accepts: (value): value is GoSlice => value instanceof GoSlice && value.isStrings,
}

/** `[]interface {}` */
export const slice: Param<GoSlice> = {
  name: '[]interface {}',
  literal: 'none',
  nilable: true,
  accepts: (value): value is GoSlice =>
    value instanceof GoSlice && value.typeName === '[]interface {}',
}

/** A parameter of a host's own class. */
export function instanceOf<T extends GoValue>(
  name: string,
  type: abstract new (...args: never[]) => T,
): Param<T> {
  const accepts = (value: GoValue): value is T => value instanceof type
  return { name, literal: 'none', nilable: false, accepts }
}
