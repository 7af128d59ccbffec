import { messageOf } from '../../model/problem.ts'
import type { Answer } from '../send.ts'

/** What is wrong with a body, with the status and code of go-swagger, which the original answers with. */
export class BodyFault extends Error {
  readonly status: number
  readonly code: number

  constructor(status: number, code: number, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** go-openapi/errors: InvalidTypeCode, RequiredFailCode. */
const INVALID_TYPE = 601
const REQUIRED = 602

export function faultAnswer(fault: BodyFault): Answer {
  return jsonAnswer({ code: fault.code, message: fault.message }, fault.status)
}

export function jsonAnswer(value: unknown, status = 200): Answer {
  return {
    status,
    contentType: 'application/json',
    headers: { 'cache-control': 'no-store' },
    body: `${JSON.stringify(value)}\n`,
  }
}

/** A part of a JSON body that knows how messages call it: `alerts.0.labels in body`. */
export class BodyPart {
  readonly #value: unknown
  readonly #path: string
  #entries: ReadonlyMap<string, unknown> | undefined

  constructor(value: unknown, path: string) {
    this.#value = value
    this.#path = path
  }

  /** The whole body; throws a `BodyFault` for what is not JSON. */
  static parse(body: Buffer, name: string): BodyPart {
    if (body.length === 0) throw new BodyFault(422, REQUIRED, `${name} in body is required`)
    try {
      return new BodyPart(JSON.parse(body.toString('utf8')), name)
    } catch (thrown) {
      const reason = `parsing ${name} body from "" failed, because ${messageOf(thrown)}`
      throw new BodyFault(400, 400, reason)
    }
  }

  list(): BodyPart[] {
    if (!Array.isArray(this.#value)) throw this.#mustBe('array')
    return this.#value.map((item, i) => new BodyPart(item, this.#below(String(i))))
  }

  /** The part under a key; undefined when it is not there or null. */
  key(name: string): BodyPart | undefined {
    const value = this.#object().get(name)
    return value === undefined || value === null
      ? undefined
      : new BodyPart(value, this.#below(name))
  }

  need(name: string): BodyPart {
    const part = this.key(name)
    if (part === undefined)
      throw new BodyFault(422, REQUIRED, `${this.#below(name)} in body is required`)
    return part
  }

  text(): string {
    if (typeof this.#value !== 'string') throw this.#mustBe('string')
    return wellFormed(this.#value)
  }

  flag(): boolean {
    if (typeof this.#value !== 'boolean') throw this.#mustBe('boolean')
    return this.#value
  }

  /** An object of texts. */
  texts(): Readonly<Record<string, string>> {
    const names = [...this.#object().keys()]
    return Object.fromEntries(names.map((name) => [wellFormed(name), this.key(name)?.text() ?? '']))
  }

  /** A time as RFC 3339, in Unix milliseconds; Go's zero time is undefined. */
  timeMs(): number | undefined {
    const text = this.text()
    const isTime =
      /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)?$/.test(text)
    const timeMs = isTime ? Date.parse(text.replace(',', '.')) : NaN
    if (text.startsWith('0001-01-01T00:00:00') || text === '') return undefined
    if (Number.isNaN(timeMs)) throw this.#mustBe('date-time')
    return timeMs
  }

  #object(): ReadonlyMap<string, unknown> {
    if (typeof this.#value !== 'object' || this.#value === null || Array.isArray(this.#value))
      throw this.#mustBe('object')
    return (this.#entries ??= new Map(Object.entries(this.#value)))
  }

  #below(name: string): string {
    return `${this.#path}.${name}`
  }

  #mustBe(type: string): BodyFault {
    const reason = `${this.#path} in body must be of type ${type}: ${show(this.#value)}`
    return new BodyFault(422, INVALID_TYPE, reason)
  }
}

/** A value for a message: short, and never by walking through what is large or deep. */
function show(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value !== 'string') return String(value)
  return value.length > 59 ? `"${value.slice(0, 59)}…` : JSON.stringify(value)
}

/** As Go reads JSON: half of a surrogate pair is replaced; so is U+FFFF, which no label can hold here (model/labels.ts). */
function wellFormed(text: string): string {
  return Buffer.from(text).toString().replaceAll('\uffff', '\ufffd')
}
