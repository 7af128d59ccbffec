import { Problem } from '../../model/problem.ts'

/** An object out of a JSON column. What else stands there was not written by this program. */
export function objectColumn(text: string): Readonly<Record<string, unknown>> {
  const json: unknown = JSON.parse(text)
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    return Object.fromEntries(Object.entries(json))
  }
  throw damaged('an object', text)
}

/** An object of texts. */
export function textsColumn(text: string): Readonly<Record<string, string>> {
  const entries = Object.entries(objectColumn(text)).map(([name, value]): [string, string] => {
    if (typeof value !== 'string') throw damaged('an object of texts', text)
    return [name, value]
  })
  return Object.fromEntries(entries)
}

/** A list, of whatever. */
export function listColumn(text: string): readonly unknown[] {
  const json: unknown = JSON.parse(text)
  if (!Array.isArray(json)) throw damaged('a list', text)
  return json
}

/** A list of texts. */
export function textListColumn(text: string): readonly string[] {
  return listColumn(text).map((item) => {
    if (typeof item !== 'string') throw damaged('a list of texts', text)
    return item
  })
}

function damaged(what: string, text: string): Problem {
  return new Problem(
    'internal',
    `the metadata holds ${text.slice(0, 80)} where ${what} must be: it was changed by another program`,
  )
}
