import { Problem } from '../../model/problem.ts'

/** The labels of a group in the order of the path, the job first. */
export type GroupLabels = readonly (readonly [name: string, value: string])[]

const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const BASE64 = '@base64'

/**
 * The labels that the path of a push names: `job/NAME/LABEL/VALUE/…`, where a name that ends in `@base64` has a value in URL-safe
 * base64 (so that it can hold slashes, and be empty as `=`). Parts are decoded already. Throws a `Problem` of code `bad_data`
 * (Pushgateway, handler/push.go).
 */
export function readGroupLabels(path: string): GroupLabels {
  const parts = path.split('/')
  const pairs: [string, string][] = []
  const seen = new Set<string>()
  for (let i = 0; i < parts.length; i += 2) {
    const written = parts[i] ?? ''
    const value = parts[i + 1]
    if (value === undefined)
      throw new Problem(
        'bad_data',
        `odd number of components in label string "/${parts.join('/')}"`,
      )
    const isBase64 = written.endsWith(BASE64)
    const name = isBase64 ? written.slice(0, -BASE64.length) : written
    if (!LABEL.test(name) || name.startsWith('__'))
      throw new Problem('bad_data', `improper label name ${JSON.stringify(name)}`)
    if (seen.has(name)) throw new Problem('bad_data', `label ${name} stands twice in the path`)
    seen.add(name)
    pairs.push([name, isBase64 ? decodeValue(name, value) : value])
  }
  if (pairs[0]?.[0] !== 'job' || pairs[0][1] === '')
    throw new Problem('bad_data', 'job name is required')
  return pairs
}

function decodeValue(name: string, value: string): string {
  if (!/^[\w-]*={0,3}$/.test(value))
    throw new Problem(
      'bad_data',
      `invalid base64 encoding in label ${name}=${JSON.stringify(value)}`,
    )
  return Buffer.from(value, 'base64url').toString('utf8')
}

/** The same for every order of the labels after the job. */
export function groupKey(labels: GroupLabels): string {
  return JSON.stringify(labels.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}
