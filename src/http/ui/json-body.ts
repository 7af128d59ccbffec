import { Problem } from '../../model/problem.ts'
import type { Exchange } from '../exchange.ts'
import { HttpFault } from '../http-fault.ts'

/** The JSON object of a request, read field by field. Throws a `Problem` (`bad_data`) that names the field. */
export class JsonBody {
  readonly #fields: ReadonlyMap<string, unknown>

  /** A form of another site cannot send this content type, so it is demanded. */
  constructor({ headers, body }: Pick<Exchange, 'headers' | 'body'>) {
    if (!/^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? '')) {
      throw new HttpFault(415, 'the body must be application/json')
    }
    this.#fields = new Map(Object.entries(parseObject(body)))
  }

  text(name: string): string {
    const value = this.optionalText(name)
    if (value === undefined) throw new Problem('bad_data', `${name} must be set`)
    return value
  }

  optionalText(name: string): string | undefined {
    const value = this.#fields.get(name)
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string') throw new Problem('bad_data', `${name} must be a text`)
    return value
  }

  optionalNumber(name: string): number | undefined {
    const value = this.#fields.get(name)
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'number') throw new Problem('bad_data', `${name} must be a number`)
    return value
  }

  optionalBoolean(name: string): boolean | undefined {
    const value = this.#fields.get(name)
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'boolean') throw new Problem('bad_data', `${name} must be true or false`)
    return value
  }

  /** The pairs of an object of texts; none when it is not there. */
  optionalTextMap(name: string): readonly (readonly [string, string])[] {
    const value = this.#fields.get(name)
    if (value === undefined || value === null) return []
    const pairs = typeof value === 'object' ? Object.entries(value) : []
    const isTexts = (all: [string, unknown][]): all is [string, string][] =>
      all.every(([, text]) => typeof text === 'string')
    if (typeof value === 'object' && !Array.isArray(value) && isTexts(pairs)) return pairs
    throw new Problem('bad_data', `${name} must be an object of texts`)
  }

  texts(name: string): readonly string[] {
    const value = this.#fields.get(name)
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
    throw new Problem('bad_data', `${name} must be a list of texts`)
  }
}

function parseObject(body: Buffer): object {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Told below: what the parser says quotes the body, which may hold a password.
  }
  throw new Problem('bad_data', 'the body must be a JSON object')
}
